/** What the kinds that are one nft table share: made in one transaction, marked by its comment, compared with what was seen. */
import type { Action } from '../action/action.ts';
import { holdsNamespace } from '../host/namespace.ts';
import { look } from '../observe/look.ts';
import { markOf } from './mark.ts';
import { changesOf, lackOf, readTable, recordSchema } from './nft-listing.ts';
import { absent, type InspectContext, oursUnless, type Presence } from './resource-type.ts';

/** A table of a lab's own. */
export interface NftTable {
  readonly lab: string;
  /**
   * Packets of IPv4 alone, of both families of the internet layer, or frames as they come in at one device (nft(8),
   * "address families").
   */
  readonly family: 'ip' | 'inet' | 'netdev';
  readonly table: string;
  readonly namespace?: string | undefined;
  /** Its chains, two spaces in, as nft writes them. */
  readonly chains: string;
}

/**
 * One nft(8) transaction: all of it is there, or nothing. `create`, since `add` would merge silently into somebody
 * else's table of that name; the chains in a block of their own, since nft 1.0.6 leaves out what a `create table`
 * block holds besides the comment.
 */
export function makeTable(spec: NftTable): readonly Action[] {
  return [load(spec, rulesOf(spec))];
}

/** In one transaction as well, so that no packet finds the lab without its rules. */
export function remakeTable(spec: NftTable): readonly Action[] {
  return [load(spec, `delete table ${spec.family} ${spec.table}\n${rulesOf(spec)}`)];
}

export function removeTable({ family, table, namespace }: NftTable): readonly Action[] {
  return [{ do: 'run', namespace, argv: ['nft', 'delete', 'table', family, table] }];
}

/**
 * A table is ours by its comment, and as it was made when it is as nft listed it right after that, which stands in the
 * journal's record. The rules as labnet wrote them are no measure: each nft prints them in its own way (1.1 has
 * `tcp flags & (syn | rst) == syn` where 1.0.6 has `tcp flags syn / syn,rst`).
 */
export async function inspectTable(spec: NftTable, { host, record }: InspectContext): Promise<Presence> {
  const { family, table, namespace, lab } = spec;
  if (!(await holdsNamespace(namespace, host))) return absent;
  // The text, not the JSON: nft 1.0.6 leaves a table's comment out of its JSON.
  const argv = ['nft', '--stateless', '--handle', 'list', 'table', family, table];
  const text = await look(argv, /No such file or directory/, { host, namespace });
  if (text === undefined) return absent;
  const { comment, handle, chains, others } = readTable(text);
  if (comment !== markOf(lab)) {
    return {
      state: 'foreign',
      evidence: `an nft table ${family} ${table} exists without labnet's comment`,
    };
  }
  const found = { boot: await host.bootId(), handle, chains };
  // A labnet before 0.2 has recorded nothing: then what was loaded tells how many rules there must be.
  const recorded = recordSchema.safeParse(record).data;
  const differences =
    recorded === undefined ? lackOf(readTable(rulesOf(spec)).chains, chains) : changesOf(recorded, found);
  return oursUnless(
    [...differences, ...others.map((line) => `has besides: ${line}`)].map((line) => `table ${table} ${line}`),
    found,
  );
}

/** A set of rules' operands: a single one stands without braces, as nft prints it. */
export function anyOf(values: readonly (string | number)[]): string {
  return values.length === 1 ? String(values[0]) : `{ ${values.join(', ')} }`;
}

function load({ namespace }: NftTable, text: string): Action {
  return { do: 'run', namespace, argv: ['nft', '--file', '-'], stdin: text };
}

function rulesOf({ lab, family, table, chains }: NftTable): string {
  return `create table ${family} ${table} { comment "${markOf(lab)}"; }
table ${family} ${table} {
${chains}
}
`;
}
