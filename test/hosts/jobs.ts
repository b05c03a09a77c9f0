import type { ExtraPackages } from './extra-disk.ts';
import { labnetPackages } from './hosts.ts';

/** What is done in the stock hosts: a job is test/hosts/jobs/NAME.py, and passes or fails as a whole. */
export interface Job {
  readonly name: string;
  /** Names of the hosts that it is done on. */
  readonly hosts: readonly string[];
  /** Minutes from power-on to its end. Emulation is slow, and other work on the PC makes it slower. */
  readonly deadlineMin: number;
  /** It begins on the stock host; others do where labnet has been installed by the job `prepare`. */
  readonly stock?: boolean | undefined;
  /** It kills the PC: what a guest has flushed must be on the disk. */
  readonly durable?: boolean | undefined;
  /** Further Debian packages that its host's apt finds on a disk. */
  readonly extra?: ExtraPackages | undefined;
  /** A recipe whose packages its host finds on a disk, as a mirror of Debian has them. */
  readonly builds?: string | undefined;
  /** A commit of an earlier labnet, which the host finds on a disk. */
  readonly earlier?: string | undefined;
}

const both = ['debian-12', 'debian-13'];

export const prepare: Job = { name: 'prepare', hosts: both, deadlineMin: 60, stock: true };

/** A lab beside another program of Debian's that has a say in the network. */
const beside = (program: string, host: string, packages: readonly string[]): Job => ({
  name: `beside-${program}`,
  hosts: [host],
  deadlineMin: 40,
  ...(packages.length === 0 ? {} : { extra: { packages, recommends: false } }),
});

export const jobs: readonly Job[] = [
  { name: 'main', hosts: both, deadlineMin: 25, stock: true },
  { name: 'rights', hosts: both, deadlineMin: 40 },
  { name: 'clones', hosts: both, deadlineMin: 40 },
  {
    name: 'readme',
    hosts: both,
    deadlineMin: 120,
    stock: true,
    extra: { packages: labnetPackages, recommends: true },
  },
  { name: 'own-network', hosts: both, deadlineMin: 40 },
  { name: 'reboot', hosts: both, deadlineMin: 50 },
  { name: 'power-cut', hosts: both, deadlineMin: 90, durable: true },
  beside('docker', 'debian-13', ['docker.io', 'docker-cli']),
  beside('libvirt', 'debian-12', [
    'libvirt-daemon-system',
    'libvirt-daemon-config-network',
    'libvirt-clients',
    'dnsmasq-base',
  ]),
  beside('ufw', 'debian-12', ['ufw']),
  beside('firewalld', 'debian-13', ['firewalld']),
  beside('resolved', 'debian-13', ['systemd-resolved']),
  beside('networkd', 'debian-12', []),
  { name: 'unit', hosts: both, deadlineMin: 60 },
  { name: 'upgrade', hosts: ['debian-12'], deadlineMin: 40, earlier: '8d3a376' },
  { name: 'build-image', hosts: ['debian-13'], deadlineMin: 90, builds: 'debian-11', stock: true },
  // In Debian 12's QEMU 7.2 a VM's own services give up before they are up: see test/README.md.
  { name: 'tcg', hosts: ['debian-13'], deadlineMin: 240 },
];
