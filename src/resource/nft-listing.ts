/** What nft(8) prints of one table, as far as labnet goes by it, and how two looks at the same table are compared. */
import * as z from '../zod.ts';

const chain = z.object({
  name: z.string(),
  /** Of a base chain: what becomes of a packet that no rule decides about; "" for another chain. */
  policy: z.string(),
  /** The devices whose frames it sees. */
  devices: z.array(z.string()),
  /** In their order; no two rules that a table ever has get the same handle from the kernel. */
  rules: z.array(z.object({ handle: z.int(), text: z.string() })),
});

export type Chain = z.output<typeof chain>;

/** What a journal's record holds of a table. */
export const recordSchema = z.object({
  /** The boot and the handle that tell whether a table of that name is still the same one of the kernel's. */
  boot: z.string(),
  handle: z.int(),
  /** In the order in which nft lists them. */
  chains: z.array(chain).readonly(),
});
export type TableRecord = z.output<typeof recordSchema>;

export interface ListedTable {
  readonly comment: string | undefined;
  /** The kernel gives each table of a boot another handle. */
  readonly handle: number;
  readonly chains: readonly Chain[];
  /** The first line of each set, map or other object that is no chain. */
  readonly others: readonly string[];
}

/**
 * Reads a table from nft's own language: what `nft --stateless --handle list table` prints, and what labnet loads, whose
 * rules have no handle yet (here 0). Only words are read that nft itself must understand when it is given its output again.
 */
export function readTable(text: string): ListedTable {
  let comment: string | undefined;
  let handle = 0;
  const chains: Chain[] = [];
  const others: string[] = [];
  // A rule that is listed ends with its handle, perhaps some lines further down.
  const isListed = / # handle \d+$/m.test(text);
  let begun = '';
  // The blocks that are open: the table, then a chain or another object, whose own blocks are of no interest.
  const open: ('table' | 'chain' | 'other')[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    const block = open.at(-1);
    const name = /^chain (\S+) \{/.exec(line)?.[1];
    const last = chains.at(-1);
    if (line === '' || line.startsWith('#') || line.startsWith('create table ')) continue;
    if (line === '}') open.pop();
    else if (block === undefined) {
      open.push('table');
      handle = Number(/ # handle (\d+)$/.exec(line)?.[1] ?? 0);
    } else if (isListed && block === 'chain' && /[,{(]$/.test(line)) begun += `${line} `;
    else if (name !== undefined) {
      open.push('chain');
      chains.push({ name, policy: '', devices: [], rules: [] });
    } else if (block === 'chain' && last !== undefined) {
      readLine(begun + line, last);
      begun = '';
    } else if (block === 'table' && line.startsWith('comment ')) comment = /^comment "(.*)"$/.exec(line)?.[1];
    else if (block === 'table') {
      others.push(line.replace(/ # handle \d+$/, ''));
      if (/\{(?: # handle \d+)?$/.test(line)) open.push('other');
    }
  }
  return { comment, handle, chains, others };
}

function readLine(line: string, into: Chain): void {
  if (/^type \S+ hook /.test(line)) {
    into.policy = /\bpolicy (\w+)/.exec(line)?.[1] ?? '';
    into.devices = [...line.matchAll(/"([^"]+)"/g)].map(([, device = '']) => device).sort();
    return;
  }
  const [, text = line, handle = '0'] = /^(.*) # handle (\d+)$/.exec(line) ?? [];
  if (!text.startsWith('comment ')) into.rules.push({ handle: Number(handle), text });
}

/**
 * What of a table is not as it was recorded, in words. In the very same table a rule is the same by its handle, however
 * another nft may print it; in one that somebody has saved and loaded again it is the same by its text.
 */
export function changesOf(recorded: TableRecord, found: TableRecord): readonly string[] {
  const isSame = recorded.boot === found.boot && recorded.handle === found.handle;
  return differences(recorded.chains, found.chains, (before, now) => {
    const place = (one: Chain['rules'][number]) => {
      const same = isSame ? now.rules.findIndex(({ handle }) => handle === one.handle) : -1;
      return same === -1 ? now.rules.findIndex(({ text }) => text === one.text) : same;
    };
    const places = before.rules.map(place);
    const there = places.filter((index) => index !== -1);
    return [
      ...before.rules.filter((_, index) => places[index] === -1).map(({ text }) => `lacks: ${text}`),
      ...now.rules.filter((_, index) => !places.includes(index)).map(({ text }) => `has besides: ${text}`),
      ...(there.some((index, at) => index < (there[at - 1] ?? 0))
        ? [`has the rules of ${before.name} in another order`]
        : []),
    ];
  });
}

/** What a table that has just been made lacks of what was loaded: how a rule is printed is nft's business, how many are not. */
export function lackOf(loaded: readonly Chain[], found: readonly Chain[]): readonly string[] {
  return differences(loaded, found, ({ name, rules: { length } }, { rules }) =>
    rules.length === length ? [] : [`has ${rules.length} rules in ${name}, not ${length}`],
  );
}

function differences(
  before: readonly Chain[],
  now: readonly Chain[],
  rules: (before: Chain, now: Chain) => readonly string[],
): readonly string[] {
  const lacking = before.flatMap((one) => {
    const other = now.find(({ name }) => name === one.name);
    if (other === undefined) return [`lacks: chain ${one.name}`];
    return [
      ...(other.policy === one.policy
        ? []
        : [`has policy ${other.policy} in ${one.name}, not ${one.policy}`]),
      ...(other.devices.join() === one.devices.join()
        ? []
        : [`has ${one.name} at ${other.devices.join() || 'no device'}, not at ${one.devices.join()}`]),
      ...rules(one, other),
    ];
  });
  const added = now.filter(({ name }) => !before.some((one) => one.name === name));
  return [...lacking, ...added.map(({ name }) => `has besides: chain ${name}`)];
}
