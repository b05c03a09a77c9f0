/** Room for a lab that is about to be saved: looked at before its VMs stand still and the first byte is written. */
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { formatDisk } from '../lab/quantity.ts';
import { cacheLimit, readFreeSpace } from '../observe/resources.ts';
import type { Roots } from '../paths.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { stateBeside } from '../qemu/save-state.ts';
import { listCache, pruneCache } from './cache.ts';

const mebibyte = 1024 ** 2;

/** Bytes that a saved lab takes at most: all memory, and the disks as they are by now. */
export async function mostToSave(plan: Plan, host: Host): Promise<number> {
  let bytes = 0;
  for (const spec of specsOf(plan)) {
    if (spec.kind !== 'machine') continue;
    const { memory, disk, seed, consoleLog } = spec.command;
    bytes += (memory + stateBeside) * mebibyte;
    for (const file of [disk, seed, consoleLog]) bytes += (await host.stat(file))?.size ?? 0;
  }
  return bytes;
}

/** Where room is looked for, and how there can be more of it. */
export interface Place {
  readonly directory: string;
  readonly hint: string;
}

/** The place where labnet keeps what makes it faster. */
export const inCache = ({ cache }: Roots): Place => ({
  directory: cache,
  hint: 'make room there, as with sudo labnet cache prune --all; or move it: LABNET_CACHE=/another/directory',
});

/** The place where the labs lie, and with them what their users have saved. */
export const withLabs = ({ state }: Roots): Place => ({
  directory: state,
  hint: 'make room there: sudo labnet checkpoint list shows what checkpoints take, sudo labnet checkpoint remove NAME gives one up',
});

/**
 * Refuses to go on where a place lacks room.
 *
 * @param needed bytes
 * @throws LabnetError host-cannot when they are not free in that place
 */
export async function requireFree(needed: number, what: string, { directory, hint }: Place): Promise<void> {
  const free = await readFreeSpace(directory);
  if (free >= needed) return;
  throw new LabnetError(
    'host-cannot',
    `${what} may take ${formatDisk(needed)} in ${directory}, and ${formatDisk(free)} are free`,
    { hint },
  );
}

/**
 * Makes room in the cache, and refuses to go on where there is not enough. What is kept beyond the cache's limit goes;
 * then the least recently used, but nothing more where all of it would not be enough. The host's lock is held.
 *
 * @param needed bytes
 * @throws LabnetError host-cannot
 */
export async function makeRoom(needed: number, what: string, host: Host, roots: Roots): Promise<void> {
  await host.makeDirectory(roots.cache, { mode: 0o711 });
  await pruneCache(await cacheLimit(roots.cache), host, roots);
  const lacking = needed - (await readFreeSpace(roots.cache));
  if (lacking > 0) {
    const kept = (await listCache(host, roots)).reduce((sum, { bytes }) => sum + bytes, 0);
    if (kept >= lacking) await pruneCache(kept - lacking, host, roots);
  }
  await requireFree(needed, what, inCache(roots));
}
