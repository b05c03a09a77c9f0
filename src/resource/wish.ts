/** Whether a thing on the host is the one that is asked for: by what the user wished, not by the words of the day. */
import { canonical } from '../text/canonical.ts';
import { type ResourceSpec, typeOf } from './index.ts';

/** What of a spec the user asked for, as data; beside another of its kind, as far as both tell it. */
export function wishOf(spec: ResourceSpec, beside = spec): unknown {
  return typeOf(spec).wish?.(spec, beside) ?? withoutCircumstance(spec);
}

/** Whether both specs are of the same thing. */
export function isSameWish(known: ResourceSpec, planned: ResourceSpec): boolean {
  return (
    known.kind === planned.kind && canonical(wishOf(known, planned)) === canonical(wishOf(planned, known))
  );
}

/** How it is started, whether it came from what was saved, whose it is and the words that tell of it: its id stands for those. */
function withoutCircumstance(spec: ResourceSpec): unknown {
  return { ...spec, vm: undefined, scope: undefined, saved: undefined, clone: undefined, purpose: undefined };
}
