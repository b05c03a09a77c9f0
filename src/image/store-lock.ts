import { type Lock, takeLock } from '../host/lock.ts';
import type { Roots } from '../paths.ts';
import { storePaths } from './stored-image.ts';

/** Seconds to wait for the lock: a file that comes from another file system is copied first. */
export const storeWaitSeconds = 1_800;

/**
 * Locks the store, making its directory: between the moment that a file is found there and the one that a name points
 * at it, nobody may take it away. Who holds the host's lock as well has taken that one first.
 *
 * @throws LabnetError locked
 */
export function lockStore(purpose: string, roots: Roots, wait = storeWaitSeconds): Promise<Lock> {
  const directory = storePaths.directory(roots);
  return takeLock({ directory, mode: 0o755, holderFile: `${directory}/.holder`, purpose, wait });
}
