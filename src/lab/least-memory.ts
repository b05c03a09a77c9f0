/** How little memory a VM can have: with less it says no word, or gives up on its way. */

import type { Mistake } from './mistake.ts';
import { formatSize, parseMemory } from './quantity.ts';
import type { LabFile } from './schema.ts';
import { leastOfAny, leastToBoot } from './sizes.ts';

/** The images that labnet builds; of any other it is only known that it wants what any VM does. */
const built: readonly string[] = ['debian-11', 'debian-12', 'debian-13'];

/** Whether it is known how little memory VMs of an image can have. */
export const isMeasured = (image: string): boolean => built.includes(image);

/**
 * Finds each size that is less than a VM needs for its image and its way of booting. Where one is too little for
 * several VMs, that is told once, with what is enough for all of them.
 */
export function checkMemory({ image, defaults, vms }: LabFile): readonly Mistake[] {
  const found = new Map<string, Mistake & { readonly needed: number }>();
  for (const [name, vm] of Object.entries(vms)) {
    const boot = vm?.boot ?? defaults.boot;
    const written = vm?.memory ?? defaults.memory;
    const needed = isMeasured(image) ? leastToBoot[boot] : leastOfAny;
    const path = vm?.memory === undefined ? ['defaults', 'memory'] : ['vms', name, 'memory'];
    if ((parseMemory(written) ?? needed) >= needed) continue;
    if ((found.get(path.join('.'))?.needed ?? 0) >= needed) continue;
    found.set(path.join('.'), { path, needed, ...tooLittle(written, image, boot) });
  }
  return [...found.values()].map(({ needed, ...mistake }) => mistake);
}

function tooLittle(written: string, image: string, boot: keyof typeof leastToBoot): Omit<Mistake, 'path'> {
  const least = (mebibytes: number) => `at least ${formatSize(mebibytes)}`;
  if (!isMeasured(image)) return { message: `${written} is too little for a VM: ${least(leastOfAny)}` };
  const what = `${written} is too little to boot ${image}`;
  if (boot === 'firmware') return { message: `${what} by firmware: ${least(leastToBoot.firmware)}` };
  // Whether the stored image has a kernel is known where the lab is made (requireMemory in plan/direct-boot.ts).
  const hint = `${formatSize(leastToBoot.firmware)} where the image was stored without a kernel beside it`;
  return { message: `${what}: ${least(leastToBoot.direct)}`, hint };
}
