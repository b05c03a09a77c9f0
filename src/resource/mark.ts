import type { Link } from '../observe/links.ts';
import { absent, type Facts, oursUnless, type Presence } from './resource-type.ts';

/** The mark that shows a thing on the host to be of this lab: a link's alias, a table's comment. */
export function markOf(lab: string): string {
  return `labnet:${lab}`;
}

/** Whose a link with this alias is, in words. */
function ownerOf(alias: string | undefined): string {
  if (alias === undefined) return 'it carries no mark of labnet';
  const [, lab] = /^labnet:(.+)$/.exec(alias) ?? [];
  return lab === undefined ? `its alias is ${alias}` : `it belongs to the lab ${lab}`;
}

interface ExpectedLink {
  readonly lab: string;
  readonly kind: string;
  readonly openIntent: boolean;
  /** What it has from the command that makes it, and another program's link of that name has not. */
  readonly born?: { readonly mac?: string; readonly owner?: number };
}

/**
 * Whose a link is. Our name without our mark is ours only while an intent of this boot is open, and if it was made as
 * we make it: the mark comes one command after the link, and somebody else may have taken the name before us.
 */
export function linkPresence(
  link: Link | undefined,
  expected: ExpectedLink,
  differences: (link: Link) => readonly (string | false)[],
): Presence {
  if (link === undefined) return absent;
  const unmarked = link.alias === undefined && expected.openIntent && isBornAs(link, expected);
  if (link.alias !== markOf(expected.lab) && !unmarked) {
    const whose = ownerOf(link.alias);
    return { state: 'foreign', evidence: `an interface ${link.name} exists and ${whose}` };
  }
  const found = [
    unmarked && `${link.name} has no alias yet`,
    link.kind !== expected.kind &&
      `${link.name} is a ${link.kind ?? 'physical interface'}, not a ${expected.kind}`,
    !link.up && `${link.name} is down`,
    ...differences(link),
  ];
  const record: Facts = link.mac === undefined ? {} : { mac: link.mac };
  return oursUnless(
    found.filter((difference) => difference !== false),
    record,
  );
}

function isBornAs(link: Link, { kind, born = {} }: ExpectedLink): boolean {
  return (
    link.kind === kind &&
    (born.mac === undefined || link.mac === born.mac) &&
    (born.owner === undefined || link.owner === born.owner)
  );
}
