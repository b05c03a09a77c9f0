/** How large a VM's memory and disk may be, and what is said when a size is none. */
import * as z from '../zod.ts';
import { formatSize, meantSizes, mebibytesIn, parseMemory } from './quantity.ts';

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

function size(sizes: Sizes) {
  const { least, sure } = sizes;
  const error = ({ input }: { readonly input?: unknown }) => whatIsWrong(input, sizes);
  return z
    .string({ error })
    .refine((text) => fits(parseMemory(text), { ...sizes, least: sure === undefined ? least : 1 }), {
      error,
    });
}

const fits = (mebibytes: number | undefined, { least, most }: Pick<Sizes, 'least' | 'most'>) =>
  mebibytes !== undefined && mebibytes >= least && mebibytes <= most;

/** What is said of one that is no size for its key: what to write where that is sure, otherwise what is wrong with it. */
function whatIsWrong(input: unknown, { least, most, sure = least, units, example }: Sizes): string {
  const text = String(input);
  const meant = meantSizes(input, units).find((one) => fits(parseMemory(one), { least, most }));
  if (meant !== undefined && fits(parseMemory(meant), { least: sure, most })) {
    if (parseMemory(text.trim()) !== undefined) return `must have no blanks around it: write ${meant}`;
    // With a unit already it is the number that is written in another way: 0512M, 1.5G.
    return `must be ${/[MGT]\s*$/.test(text) ? 'a whole size' : 'a size with its unit'}: write ${meant}`;
  }
  const mebibytes = mebibytesIn(text);
  if (mebibytes === 0) return `must be more than 0, such as ${example}`;
  if (mebibytes !== undefined && mebibytes > most)
    return `must be a size of at most ${formatSize(most)}, such as ${example}`;
  if (mebibytes !== undefined && !Number.isInteger(mebibytes))
    return `must be a whole number of M, G or T, such as ${example}: ${text.trim()} is none`;
  // A memory that is too little for its image is told with the image's name (least-memory.ts).
  if (mebibytes !== undefined && mebibytes < least)
    return `must be a size of at least ${formatSize(least)}, such as ${example}`;
  return `must be a size: a whole number with M, G or T behind it, such as ${example}`;
}
