import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseImage } from '../setup/base-image.ts';
import { kept } from './cache.ts';
import { makeDisk } from './job-disk.ts';
import { sizeMiBOf } from './size.ts';

/** A disk with labnet's store as this machine has it: the base image, which hosts then need not build themselves. */
export async function baseStoreDisk(image: string, cli: string): Promise<string> {
  const store = join(await baseImage(image, cli), 'images');
  const entry = join(store, `${image}.json`);
  if (!existsSync(entry)) throw new Error(`${entry} is missing`);
  const { path } = await kept('host-store', readFileSync(entry, 'utf8'), async (directory) => {
    await makeDisk(join(directory, 'disk.img'), store, await sizeMiBOf(store));
  });
  return join(path, 'disk.img');
}
