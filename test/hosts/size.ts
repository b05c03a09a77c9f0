import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Mebibytes of a disk that holds the files of this directory, with some room for their names. */
export async function sizeMiBOf(directory: string): Promise<number> {
  const sizes = (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  return Math.ceil((bytes / 1024 ** 2) * 1.1) + 32;
}
