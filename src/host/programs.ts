import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { LabnetError } from '../errors.ts';
import { trustedPath } from './trusted-path.ts';

/** The Debian package that holds each program labnet calls. */
export const packageOf: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  xorriso: 'xorriso',
  nft: 'nftables',
  'iptables-nft': 'iptables',
  'iptables-legacy': 'iptables',
  ip: 'iproute2',
  ping: 'iputils-ping',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  sysctl: 'procps',
  setpriv: 'util-linux',
  prlimit: 'util-linux',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  flock: 'util-linux',
  mmdebstrap: 'mmdebstrap',
  'grub-mkimage': 'grub-common',
  '/usr/lib/grub/i386-pc/boot.img': 'grub-pc-bin',
  sfdisk: 'fdisk',
  'mkfs.ext4': 'e2fsprogs',
  xz: 'xz-utils',
  perl: 'perl-base',
  pasta: 'passt',
  slirp4netns: 'slirp4netns',
};

/** The error for a program that is not installed, with the line that installs it. */
export function missingProgram(program: string): LabnetError {
  const name = packageOf[program];
  return new LabnetError('missing-program', `${program} is not installed`, {
    hint: name === undefined ? undefined : `sudo apt-get install --no-install-recommends ${name}`,
  });
}

/** The ones among these programs, and files named by their paths, that are not installed. */
export async function missingPrograms(programs: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(programs.map(isInstalled));
  return programs.filter((_, index) => found[index] === false);
}

async function isInstalled(program: string): Promise<boolean> {
  const [places, right] = program.startsWith('/')
    ? [[program], constants.R_OK]
    : [
        trustedPath()
          .split(':')
          .map((place) => `${place}/${program}`),
        constants.X_OK,
      ];
  const tries = places.map((place) =>
    access(place, right).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(tries)).includes(true);
}
