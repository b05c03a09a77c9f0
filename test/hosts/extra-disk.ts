import { join } from 'node:path';
import { kept, sourcesOf } from './cache.ts';
import type { StockHost } from './hosts.ts';
import { makeDisk } from './job-disk.ts';
import type { Mirror } from './mirror.ts';
import { makeRepository } from './repository.ts';
import { sizeMiBOf } from './size.ts';

export interface ExtraPackages {
  readonly packages: readonly string[];
  /** With all that they recommend, as apt installs them unless told. */
  readonly recommends: boolean;
}

/** A disk with an apt repository of further packages for a host: other programs that a lab must get on with. */
export async function extraDisk(
  host: StockHost,
  { packages, recommends }: ExtraPackages,
  status: string,
  mirror: Mirror,
): Promise<string> {
  const made = {
    suite: host.suite,
    packages,
    recommends,
    by: sourcesOf('repository.ts', 'apt.ts', 'uncompressed.ts'),
  };
  const { path } = await kept(`host-extra-${host.name}`, made, async (directory) => {
    const repository = join(directory, 'repository');
    await makeRepository(repository, { suite: host.suite, packages, status, mirror, recommends });
    await makeDisk(join(directory, 'disk.img'), repository, await sizeMiBOf(repository));
  });
  return join(path, 'disk.img');
}
