/** How little memory a VM can have: with less it says no word, or gives up on its way. */

import { leastToBoot } from './fields.ts';
import type { Mistake } from './mistake.ts';
import { formatSize, parseMemory } from './quantity.ts';
import type { LabFile } from './schema.ts';

/** The images that labnet builds; of any other it is only known that it wants the least that a lab file may give. */
const built: readonly string[] = ['debian-11', 'debian-12', 'debian-13'];

/** Whether it is known how little memory VMs of an image can have. */
export const isMeasured = (image: string): boolean => built.includes(image);

/** Finds each VM with less memory than its way of booting needs, for images of which that is known. */
export function checkMemory({ image, defaults, vms }: LabFile): readonly Mistake[] {
  if (!isMeasured(image)) return [];
  return Object.entries(vms).flatMap(([name, vm]): readonly Mistake[] => {
    const boot = vm?.boot ?? defaults.boot;
    const written = vm?.memory ?? defaults.memory;
    const needed = leastToBoot[boot];
    if ((parseMemory(written) ?? needed) >= needed) return [];
    const path = vm?.memory === undefined ? ['defaults', 'memory'] : ['vms', name, 'memory'];
    const message = `${written} is too little to boot ${image}${boot === 'firmware' ? ' by firmware' : ''}: at least ${formatSize(needed)}`;
    return [{ path, message }];
  });
}
