/**
 * What labnet keeps to be faster the next time: saved labs and templates, each under the hash of what made it, and
 * checkpoints by name.
 */
import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import { readSaved } from './saved-lab.ts';

export const cachePaths = {
  kept: (roots: Roots, kind: Kind) => `${roots.cache}/${kind}s`,
  state: (roots: Roots, key: string) => `${roots.cache}/states/${key}`,
  template: (roots: Roots, key: string) => `${roots.cache}/templates/${key}`,
  used: (directory: string) => `${directory}/used`,
  checkpoints: (roots: Roots, lab: string) => `${roots.cache}/checkpoints/${lab}`,
  checkpoint: (roots: Roots, lab: string, name: string) => `${roots.cache}/checkpoints/${lab}/${name}`,
} as const;

/** A `state` is a whole lab that was proved; a `template` is a VM before it knew who it is. */
const kinds = ['state', 'template'] as const;
type Kind = (typeof kinds)[number];

export interface Cached {
  readonly kind: Kind;
  readonly key: string;
  /** The lab, or the image of a template. */
  readonly of: string;
  readonly created: string;
  /** On the disk. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly used: number;
  readonly directory: string;
}

/** What is kept, the one used last first. Torn ones, as a killed run leaves them, are removed on the way. */
export async function listCache(host: Host, roots: Roots): Promise<readonly Cached[]> {
  const found: Cached[] = [];
  for (const kind of kinds) {
    for (const key of await host.list(cachePaths.kept(roots, kind))) {
      const directory = `${cachePaths.kept(roots, kind)}/${key}`;
      const note = await readSaved(directory, host);
      if (note === undefined) {
        await host.remove(directory);
        continue;
      }
      const { lab, created, bytes } = note;
      const used = Number((await host.read(cachePaths.used(directory))) ?? Date.parse(created));
      found.push({ kind, key, of: lab, created, bytes, used, directory });
    }
  }
  return found.sort((one, other) => other.used - one.used);
}

/** Notes that something kept is used now. */
export async function touchKept(directory: string, host: Host): Promise<void> {
  await host.write(cachePaths.used(directory), String(Date.now()), { mode: 0o600 });
}

/**
 * Removes what is kept, the least recently used first, until the rest fits into the limit. The host's lock is held
 * meanwhile: none of it is being read. A lab that runs does not need its own any more.
 *
 * @param limit bytes
 */
export async function pruneCache(limit: number, host: Host, roots: Roots): Promise<readonly Cached[]> {
  const removed: Cached[] = [];
  let left = limit;
  for (const kept of await listCache(host, roots)) {
    left -= kept.bytes;
    if (left >= 0) continue;
    await host.remove(kept.directory);
    removed.push(kept);
  }
  return removed;
}
