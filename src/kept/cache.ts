/**
 * What labnet keeps to be faster the next time: saved labs and templates, each under the hash of what made it.
 */
import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import { readSaved } from './saved-lab.ts';

/** Where the cache keeps things. */
export const cachePaths = {
  kept: (roots: Roots, kind: Kind) => `${roots.cache}/${kind}s`,
  state: (roots: Roots, key: string) => `${roots.cache}/states/${key}`,
  template: (roots: Roots, key: string) => `${roots.cache}/templates/${key}`,
  used: (directory: string) => `${directory}/used`,
} as const;

/** A `state` is a whole lab that was proved; a `template` is a VM before it knew who it is. */
const kinds = ['state', 'template'] as const;
type Kind = (typeof kinds)[number];

/** A saved lab or a template in the cache. */
export interface Cached {
  readonly kind: Kind;
  readonly key: string;
  /** The name of the lab, or of the image that a template is of. */
  readonly of: string;
  readonly created: string;
  /** Bytes that it takes on the disk. */
  readonly bytes: number;
  /** When it was used last, in milliseconds since 1970. */
  readonly used: number;
  readonly directory: string;
}

/** Lists what is kept, the one used last first. What is not whole is left out: it may be in the making. */
export async function listCache(host: Host, roots: Roots): Promise<readonly Cached[]> {
  return (await look(host, roots)).kept;
}

/**
 * Looks at all that is kept; what is not called after a hash is passed over.
 *
 * @returns what is kept, and the directories of what is not whole: in the making, or torn as a killed run leaves it
 */
async function look(host: Host, roots: Roots) {
  const kept: Cached[] = [];
  const torn: string[] = [];
  for (const kind of kinds) {
    const names = await host.list(cachePaths.kept(roots, kind));
    for (const key of names.filter((name) => /^[0-9a-f]{64}$/.test(name))) {
      const directory = `${cachePaths.kept(roots, kind)}/${key}`;
      const note = await readSaved(directory, host);
      if (note === undefined) {
        torn.push(directory);
        continue;
      }
      const { lab, created, bytes } = note;
      const used = Number((await host.read(cachePaths.used(directory))) ?? Date.parse(created));
      kept.push({ kind, key, of: lab, created, bytes, used, directory });
    }
  }
  return { kept: kept.sort((one, other) => other.used - one.used), torn };
}

/** Notes that something kept is used now. */
export async function touchKept(directory: string, host: Host): Promise<void> {
  await host.write(cachePaths.used(directory), String(Date.now()), { mode: 0o600 });
}

/**
 * Removes what is torn, and what is kept, the least recently used first, until the rest fits into the limit. The host's
 * lock is held meanwhile: none of it is being read or made. A lab that runs does not need what is kept of it any more.
 *
 * @param limit bytes
 * @param inUse directories of what is about to be used: they stay
 */
export async function pruneCache(
  limit: number,
  host: Host,
  roots: Roots,
  inUse: readonly string[] = [],
): Promise<readonly Cached[]> {
  const { kept, torn } = await look(host, roots);
  for (const directory of torn) await host.remove(directory);
  const removed: Cached[] = [];
  let left = limit;
  for (const one of kept) {
    // What is too large by itself makes nothing else go.
    const fits = one.bytes <= limit;
    if (fits || inUse.includes(one.directory)) left -= one.bytes;
    if ((fits && left >= 0) || inUse.includes(one.directory)) continue;
    await host.remove(one.directory);
    removed.push(one);
  }
  return removed;
}
