import { oursUnless, type ResourceType, type SpecBase } from './resource-type.ts';

/** What another labnet has made, of a kind that this one does not know: its journal tells how it is removed, and no more. */
export interface UnknownSpec extends SpecBase {
  readonly kind: 'unknown';
  /** What the labnet that made it calls its kind. */
  readonly named: string;
}

export const unknown: ResourceType<UnknownSpec> = {
  kind: 'unknown',
  why: ({ named }) => `is of another labnet, which calls its kind ${named}`,
  create: () => [],
  remove: () => [],
  inspect: async ({ named }) =>
    oursUnless([`another labnet has made it, and this one knows no ${named}: it cannot be looked at`]),
};
