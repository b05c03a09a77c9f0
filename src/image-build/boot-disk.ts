/** Makes a bootable disk image from a root directory, as a plain PC with a BIOS boots it. */
import { LabnetError } from '../errors.ts';
import type { Host, RunOptions } from '../host/host.ts';
import { rawToQcow2 } from '../image/convert.ts';
import { loaderDirectory, rootLabel } from './guest-files.ts';

/** What a disk is made of, and where. */
export interface BootDiskOptions {
  /** The root directory to put on the disk. */
  readonly root: string;
  /** Directory to work in. */
  readonly staging: string;
  readonly sizeGiB: number;
  readonly signal: AbortSignal | undefined;
}

const sectorSize = 512;
const firstSector = 2048;
const offset = firstSector * sectorSize;
/** The boot code of an MBR; the partition table follows it. */
const bootCodeSize = 440;
const bootCodes = ['/usr/lib/EXTLINUX/mbr.bin', '/usr/lib/syslinux/mbr/mbr.bin'];

/**
 * The features of the file system, said in full, so that every host makes the same: newer mke2fs has features that the
 * boot loader or Debian 11's kernel cannot read (ext4(5)).
 */
const features = [
  'none',
  'has_journal',
  'ext_attr',
  'resize_inode',
  'dir_index',
  'filetype',
  'extent',
  '64bit',
  'flex_bg',
  'sparse_super',
  'large_file',
  'huge_file',
  'dir_nlink',
  'extra_isize',
  'metadata_csum',
];

/** Makes the disk and resolves to its path, a qcow2 file. */
export async function makeBootDisk(options: BootDiskOptions, host: Host): Promise<string> {
  const { root, staging, sizeGiB, signal } = options;
  const raw = `${staging}/disk.raw`;
  const run = (argv: readonly string[], more: RunOptions = {}) =>
    host.run(argv, { signal, timeout: 30 * 60_000, umask: 0o022, ...more });
  await run(['truncate', '--size', `${sizeGiB}G`, raw]);
  await run(['sfdisk', '--quiet', '--no-reread', raw], { stdin: `label: dos\n${firstSector},,L,*\n` });
  const kib = sizeGiB * 1024 * 1024 - offset / 1024;
  const extended = `offset=${offset},lazy_itable_init=1,root_owner=0:0`;
  const file = ['-O', features.join(','), '-I', '256', '-L', rootLabel, '-d', root, '-E', extended];
  await run(['mkfs.ext4', '-q', ...file, raw, `${kib}k`]);
  await installLoader(raw, staging, host, run);
  const image = `${staging}/image.qcow2`;
  await rawToQcow2(raw, image, host, { signal });
  await host.remove(raw);
  return image;
}

/**
 * Installs the boot loader. extlinux(1) works on a mounted file system; the mount is one that nobody else sees and that
 * ends with labnet.
 */
async function installLoader(
  raw: string,
  staging: string,
  host: Host,
  run: (argv: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const mountPoint = `${staging}/mnt`;
  await host.makeDirectory(mountPoint, { mode: 0o700 });
  const mounts = await host.privateMounts();
  try {
    const namespace = ['--namespace', String(mounts.pid)];
    await run(['mount', ...namespace, '-o', `loop,offset=${offset}`, raw, mountPoint]);
    const inside = ['nsenter', `--mount=/proc/${mounts.pid}/ns/mnt`];
    await run([...inside, 'extlinux', '--install', `${mountPoint}/${loaderDirectory}`]);
    await run(['umount', ...namespace, mountPoint]);
  } finally {
    await mounts.close();
  }
  const bootCode = await firstOf(bootCodes, host);
  await run([
    'dd',
    `if=${bootCode}`,
    `of=${raw}`,
    'conv=notrunc',
    `bs=${bootCodeSize}`,
    'count=1',
    'status=none',
  ]);
}

async function firstOf(paths: readonly string[], host: Host): Promise<string> {
  for (const path of paths) {
    if ((await host.stat(path)) !== undefined) return path;
  }
  throw new LabnetError('missing-program', 'the boot code mbr.bin is not installed', {
    hint: 'sudo apt-get install --no-install-recommends extlinux syslinux-common',
  });
}
