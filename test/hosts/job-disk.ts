import { copyFileSync, cpSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** A read-only disk with these files in it, a little larger than they are. */
export async function makeDisk(disk: string, tree: string, sizeMiB: number): Promise<void> {
  writeFileSync(disk, '');
  truncateSync(disk, sizeMiB * 1024 ** 2);
  await execa('mkfs.ext4', ['-q', '-m', '0', '-E', 'root_owner=0:0', '-d', tree, disk]);
}

export interface JobFiles {
  /** test/hosts of the checkout. */
  readonly sources: string;
  readonly job: string;
  readonly deb: string;
}

/** What a host finds at /job: the job, what it is written with, labnet's package and README. */
export async function makeJobDisk(disk: string, { sources, job, deb }: JobFiles): Promise<void> {
  const tree = `${disk}.tree`;
  mkdirSync(tree);
  cpSync(join(sources, 'guest'), tree, { recursive: true });
  copyFileSync(join(sources, 'jobs', `${job}.py`), join(tree, 'job.py'));
  copyFileSync(deb, join(tree, 'labnet.deb'));
  copyFileSync(join(sources, '..', '..', 'README.md'), join(tree, 'README.md'));
  await makeDisk(disk, tree, 64);
  rmSync(tree, { recursive: true });
}
