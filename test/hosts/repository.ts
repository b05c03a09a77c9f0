/** An apt repository as a plain directory: what a host would fetch from a mirror, it reads from a disk instead. */
import { createWriteStream, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { type AptOptions, withApt } from './apt.ts';
import { uncompress } from './uncompressed.ts';

export interface RepositoryOptions extends AptOptions {
  readonly packages: readonly string[];
}

/** Fetches the packages and all that they depend on and is not installed, and writes their index. */
export async function makeRepository(
  directory: string,
  { packages, ...options }: RepositoryOptions,
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await withApt(`${directory}.apt`, options, async ({ run, archives }) => {
    await run(['--yes', '--download-only', 'install', ...packages]);
    for (const name of readdirSync(archives).filter((one) => one.endsWith('.deb'))) {
      await uncompress(join(archives, name));
      renameSync(join(archives, name), join(directory, name));
    }
  });
  const index = execa('apt-ftparchive', ['packages', '.'], { cwd: directory, buffer: false });
  await Promise.all([pipeline(index.stdout, createWriteStream(join(directory, 'Packages'))), index]);
}
