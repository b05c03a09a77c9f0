import { statfs } from 'node:fs/promises';

/** The most that the cache may take: 20 GB, or a fifth of the disk where that is less. */
const most = 20e9;
const share = 0.2;

/**
 * The bytes that the cache may take on the disk of this directory.
 *
 * @param path a directory that exists
 * @returns bytes
 */
export async function cacheLimit(path: string): Promise<number> {
  const { blocks, bsize } = await statfs(path);
  return Math.min(most, blocks * bsize * share);
}
