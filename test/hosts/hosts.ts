import { packageOf } from '../../src/host/programs.ts';

/** The stock hosts: what Debian's installer leaves on a PC, and what apt can install there from the disk itself. */
export interface StockHost {
  readonly name: string;
  readonly suite: string;
}

export const hosts: readonly StockHost[] = [
  { name: 'debian-12', suite: 'bookworm' },
  { name: 'debian-13', suite: 'trixie' },
];

/**
 * A PC as it is before labnet comes: booted by systemd, linked by NetworkManager, used by somebody with sudo. Of what
 * labnet needs nothing is named here, so what its package forgets to depend on is missing.
 */
export const stockPackages: readonly string[] = [
  'linux-image-amd64',
  'systemd-sysv',
  'systemd-timesyncd',
  'libpam-systemd',
  'udev',
  'dbus',
  'polkitd',
  'kmod',
  'network-manager',
  'iputils-ping',
  'ca-certificates',
  'sudo',
  'man-db',
  'bash-completion',
  'less',
  'nano',
  'python3',
];

/**
 * What the host's own apt finds on the disk, with what it depends on: all that labnet's package names and `--yes` installs.
 * What these recommend in turn (QEMU's windows and sounds) is 300 packages more, and half an hour of an emulated PC.
 */
export const labnetPackages: readonly string[] = [
  ...new Set(Object.values(packageOf)),
  // Node itself, and what building an image takes that is no program.
  ...['nodejs', 'debian-archive-keyring'],
].sort();
