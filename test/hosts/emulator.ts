/** The QEMU that the stock PCs run on: a later Debian's, whatever this machine is. */
import { join } from 'node:path';
import { execa } from 'execa';
import { kept } from './cache.ts';
import type { Mirror } from './mirror.ts';

/** A program with the arguments that come before its own. */
export type Emulator = readonly [program: string, ...before: string[]];

/**
 * Debian 12's QEMU 7.2 broke kernels that run KVM on its emulated SVM: of seven runs of Debian 13's `main` on one day, three
 * ended in a panic of the PC's kernel, and one with a VM that stood still.
 */
const suite = 'trixie';

/** Unpacks it, once: nothing of it is installed, and it runs by its own Debian's loader and libraries. */
export async function emulator(mirror: Mirror): Promise<Emulator> {
  const packages = ['qemu-system-x86'];
  const { path } = await kept('host-emulator', { suite, packages }, async (directory) => {
    await execa(
      'mmdebstrap',
      [
        ...['--mode=root', '--variant=extract', `--include=${packages.join(',')}`],
        ...[suite, join(directory, 'root'), `deb ${mirror.archive} ${suite} main`],
      ],
      { env: mirror.proxy },
    );
  });
  const usr = join(path, 'root', 'usr');
  return [
    join(usr, 'lib64', 'ld-linux-x86-64.so.2'),
    ...['--library-path', join(usr, 'lib', 'x86_64-linux-gnu'), join(usr, 'bin', 'qemu-system-x86_64')],
    ...['-L', join(usr, 'share', 'qemu'), '-L', join(usr, 'share', 'seabios')],
  ];
}
