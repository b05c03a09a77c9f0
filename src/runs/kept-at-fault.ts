import { NotLoaded } from '../action/load-state.ts';
import { LabnetError } from '../errors.ts';
import { readFreeSpace } from '../observe/resources.ts';
import type { Roots } from '../paths.ts';
import { NotReady } from '../qemu/await-ready.ts';

/** The error of a lab that was kept, and is up again, but not as it was. */
export class KeptFails extends LabnetError {}

/** The bytes that must be free: where fewer are, VMs stop for want of room. */
const littleRoom = 64 * 1024 ** 2;

/**
 * Whether what was kept of a lab, or a template, may be at fault: it was not loaded, its VMs did not come up, or are
 * not as they were. What else goes wrong (no room, somebody else's link, a way out that is closed) would go wrong
 * without it as well.
 */
export async function isKeptAtFault(error: unknown, roots: Roots): Promise<boolean> {
  const may = [NotLoaded, NotReady, KeptFails].some((kind) => error instanceof kind);
  return may && (await readFreeSpace(roots.state)) > littleRoom;
}
