/** What labnet keeps to be faster the next time: saved labs under the hash of what made them, and checkpoints by name. */
import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import { readSaved } from './saved-lab.ts';

export const cachePaths = {
  states: (roots: Roots) => `${roots.cache}/states`,
  state: (roots: Roots, key: string) => `${roots.cache}/states/${key}`,
  used: (directory: string) => `${directory}/used`,
  checkpoints: (roots: Roots, lab: string) => `${roots.cache}/checkpoints/${lab}`,
  checkpoint: (roots: Roots, lab: string, name: string) => `${roots.cache}/checkpoints/${lab}/${name}`,
} as const;

export interface Cached {
  readonly key: string;
  readonly lab: string;
  readonly created: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly used: number;
}

/** The saved labs, the one used last first. Torn ones, as a killed run leaves them, are removed on the way. */
export async function listStates(host: Host, roots: Roots): Promise<readonly Cached[]> {
  const found: Cached[] = [];
  for (const key of await host.list(cachePaths.states(roots))) {
    const directory = cachePaths.state(roots, key);
    const note = await readSaved(directory, host);
    if (note === undefined) {
      await host.remove(directory);
      continue;
    }
    const { lab, created, files } = note;
    const bytes = Object.values(files).reduce((sum, size) => sum + size, 0);
    const used = Number((await host.read(cachePaths.used(directory))) ?? Date.parse(created));
    found.push({ key, lab, created, bytes, used });
  }
  return found.sort((one, other) => other.used - one.used);
}

/** Notes that a saved lab is used now. */
export async function touchState(key: string, host: Host, roots: Roots): Promise<void> {
  await host.write(cachePaths.used(cachePaths.state(roots, key)), String(Date.now()), { mode: 0o600 });
}

/**
 * Removes saved labs, the least recently used first, until the rest fits into the limit. The host's lock is held
 * meanwhile: none of them is being read. A lab that runs does not need its own any more.
 *
 * @param limit bytes
 */
export async function pruneStates(limit: number, host: Host, roots: Roots): Promise<readonly Cached[]> {
  const removed: Cached[] = [];
  let left = limit;
  for (const state of await listStates(host, roots)) {
    left -= state.bytes;
    if (left >= 0) continue;
    await host.remove(cachePaths.state(roots, state.key));
    removed.push(state);
  }
  return removed;
}
