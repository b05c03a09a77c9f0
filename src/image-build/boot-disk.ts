/** Makes a bootable disk image from a root directory, as a plain PC with a BIOS boots it. */
import type { Host, RunOptions } from '../host/host.ts';
import { rawToQcow2 } from '../image/convert.ts';
import { grubBootCode } from '../image/required-programs.ts';
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
/** The bytes of an MBR that are boot code; the partition table follows them. */
const bootCodeSize = 440;

/** What GRUB has at hand when it starts: to find its settings on the disk and to do what they say. */
const grubModules = [
  ...['biosdisk', 'part_msdos', 'ext2', 'search_label'],
  ...['normal', 'linux', 'boot', 'serial', 'terminal', 'echo', 'test', 'ls', 'cat', 'reboot', 'halt'],
];

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
 * Installs the boot loader: GRUB's image goes into the gap between the MBR and the first partition, as grub-install(8)
 * puts it there. Nothing is mounted, so that it takes no right of root's.
 */
async function installLoader(
  raw: string,
  staging: string,
  host: Host,
  run: (argv: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const [first, image] = [`${staging}/first.cfg`, `${staging}/core.img`];
  // The label is looked for anew at each start: the disk may be the second one by then.
  const findSettings = `search.fs_label ${rootLabel} root\nset prefix=($root)/${loaderDirectory}\n`;
  await host.write(first, findSettings, { mode: 0o600 });
  const settings = ['--config', first, '--prefix', `/${loaderDirectory}`];
  await run(['grub-mkimage', '--format', 'i386-pc', '--output', image, ...settings, ...grubModules]);
  const onto = [`of=${raw}`, 'conv=notrunc', 'status=none'];
  await run(['dd', `if=${grubBootCode}`, ...onto, `bs=${bootCodeSize}`, 'count=1']);
  // In the second sector, where boot.img looks for it (GRUB, grub-core/boot/i386/pc/boot.S).
  await run(['dd', `if=${image}`, ...onto, `bs=${sectorSize}`, 'seek=1', `count=${firstSector - 1}`]);
}
