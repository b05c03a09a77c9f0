/** How large a VM's memory and disk may be, and what is said when a size is none. */
import * as z from '../zod.ts';
import { formatSize, meantSizes, parseMemory } from './quantity.ts';

/** The sizes that a key may have, in MiB. A number without a unit is likely to be meant in the first of `units`. */
interface Sizes {
  readonly least: number;
  readonly most: number;
  /**
   * The least size that is proposed to the user, where what the lab is decides what is too little, and says so
   * (least-memory.ts); left out: `least` decides.
   */
  readonly sure?: number;
  readonly units: readonly ('M' | 'G')[];
  readonly example: string;
}

/** Mebibytes without which no VM is tried, whatever its image. */
export const leastOfAny = 64;

/**
 * Mebibytes that a VM of one of labnet's images needs for each way of booting; seen with Debian 11 under TCG, and newer
 * ones need no less. Directly, a lab with 128 MiB passes all its probes; with 96 cloud-init is killed for want of
 * memory. By firmware, the image's own initramfs has to have room packed and unpacked (27 and 99 MiB) beside a kernel
 * that keeps 52: with 128 and with 192 the kernel panics, with 224 a lab passes its probes.
 */
export const leastToBoot = { direct: 128, firmware: 224 } as const;

export const memory = size({
  least: leastOfAny,
  most: 1024 ** 2,
  sure: leastToBoot.direct,
  units: ['M', 'G'],
  example: '512M or 2G',
});

export const disk = size({ least: 2 * 1024, most: 16 * 1024 ** 2, units: ['G', 'M'], example: '10G' });

function size({ least, most, sure, units, example }: Sizes) {
  const fits = (mebibytes: number | undefined, atLeast: number) =>
    mebibytes !== undefined && mebibytes >= atLeast && mebibytes <= most;
  const bounds = sure === undefined ? `at least ${formatSize(least)} and at most` : 'at most';
  const error = ({ input }: { readonly input?: unknown }) => {
    const meant = meantSizes(input, units).find((text) => fits(parseMemory(text), least));
    if (meant === undefined || !fits(parseMemory(meant), sure ?? least))
      return `must be a size of ${bounds} ${formatSize(most)}, such as ${example}`;
    // With a unit already it is the number that is written in another way: 0512M, 1.5G.
    const what = /[MGT]\s*$/.test(String(input)) ? 'a whole size' : 'a size with its unit';
    return `must be ${what}: write ${meant}`;
  };
  return z
    .string({ error })
    .refine((text) => fits(parseMemory(text), sure === undefined ? least : 1), { error });
}
