import { countCpus } from '../observe/resources.ts';

/** How many are done at once unless told: each is a program or two, which mostly wait for the kernel or a disk. */
const atOnce = () => Math.max(8, 4 * countCpus());

/**
 * Does the same for all items, as many at once as this PC has use for: a hundred VMs are not a hundred `qemu-img`.
 * After a failure none is begun any more, and it is thrown once those that were begun have ended.
 *
 * @returns what came of each, in the order given
 * @throws the first failure
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R>,
  most = atOnce(),
): Promise<readonly R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const waiting = items.entries();
  const work = async () => {
    for (const [index, item] of waiting) {
      if (failures.length > 0) return;
      try {
        results[index] = await act(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
