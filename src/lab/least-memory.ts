/** How little memory a VM can have: with less it says no word, or gives up on its way. */
import type { Finding } from './checks.ts';
import { formatSize, parseMemory } from './quantity.ts';
import type { LabFile } from './schema.ts';

/**
 * Mebibytes, by way of booting; seen with Debian 11 under TCG, and newer ones need no less. Directly, a lab with 128 MiB
 * passes all its probes; with 96 cloud-init is killed for want of memory. By firmware, the image's own initramfs has to
 * have room packed and unpacked (27 and 99 MiB) beside a kernel that keeps 52: with 128 and with 192 the kernel panics.
 */
const least = { direct: 128, firmware: 224 } as const;

/** Images that labnet builds; of any other it is only known that it wants the least that a lab file may give. */
const built: readonly string[] = ['debian-11', 'debian-12', 'debian-13'];

/** Each VM of such an image with less memory than its way of booting needs. */
export function checkMemory({ image, defaults, vms }: LabFile): readonly Finding[] {
  if (!built.includes(image)) return [];
  return Object.entries(vms).flatMap(([name, vm]): readonly Finding[] => {
    const boot = vm?.boot ?? defaults.boot;
    const written = vm?.memory ?? defaults.memory;
    const needed = least[boot];
    if ((parseMemory(written) ?? needed) >= needed) return [];
    const path = vm?.memory === undefined ? ['defaults', 'memory'] : ['vms', name, 'memory'];
    const message = `${written} is too little to boot ${image}${boot === 'firmware' ? ' by firmware' : ''}: at least ${formatSize(needed)}`;
    return [{ path, message }];
  });
}
