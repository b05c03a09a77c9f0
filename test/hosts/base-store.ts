import { existsSync, readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { baseImage } from '../setup/base-image.ts';
import { kept } from './cache.ts';
import { makeDisk } from './job-disk.ts';

const mib = 1024 ** 2;

/** A disk with labnet's store as this machine has it: the base image, which hosts then need not build themselves. */
export async function baseStoreDisk(image: string, cli: string): Promise<string> {
  const store = join(await baseImage(image, cli), 'images');
  const entry = join(store, `${image}.json`);
  if (!existsSync(entry)) throw new Error(`${entry} is missing`);
  const { path } = await kept('host-store', readFileSync(entry, 'utf8'), async (directory) => {
    const sizes = (await readdir(store)).map(async (name) => (await stat(join(store, name))).size);
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    await makeDisk(join(directory, 'disk.img'), store, Math.ceil((bytes / mib) * 1.1) + 16);
  });
  return join(path, 'disk.img');
}
