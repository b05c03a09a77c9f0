/** The files that the seed writes into a guest. */
import type { Vm } from '../lab/lab.ts';
import { checkPath } from './cloud-config.ts';
import { checkShape, checkText } from './lab-text.ts';

/** A file that the seed writes into a guest. */
export interface SeedFile {
  readonly path: string;
  readonly owner: string;
  readonly permissions: string;
  readonly content: string;
  /** Says that the content goes behind what the file has already. */
  readonly append?: true;
}

/** A line of /etc/hosts. */
export interface HostLine {
  readonly name: string;
  readonly address: string;
}

/** The signs of an address of IPv4 or IPv6. */
export const addressShape = /^[\dA-Fa-f.:]+$/;

/**
 * The file of hosts(5): the VM's own name on the loopback, as the lab sheet has it, and the names given. cloud-init
 * leaves the file alone afterwards (`manage_etc_hosts: false`), so that it is still right after a reboot.
 */
export function hostsFile(hostname: string, others: readonly HostLine[]): SeedFile {
  for (const { name, address } of others) {
    checkShape(name, /^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a name under hosts');
    checkShape(address, addressShape, `the address of ${name} under hosts`);
  }
  return systemFile('/etc/hosts', [
    '127.0.0.1 localhost',
    `127.0.0.1 ${hostname}`,
    '::1 localhost ip6-localhost ip6-loopback',
    'ff02::1 ip6-allnodes',
    'ff02::2 ip6-allrouters',
    ...others.map(({ name, address }) => `${address} ${name}`),
  ]);
}

/**
 * The file of resolv.conf(5). The image has no resolvconf, so the resolvers of network-config would reach nobody. Of the
 * options only the one by which the answers come at all is taken over from the host.
 */
export function resolverFile(nameservers: readonly string[], byTcp: boolean): SeedFile {
  return systemFile('/etc/resolv.conf', [
    '# Written by labnet at the first boot.',
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(byTcp ? ['options use-vc'] : []),
  ]);
}

/**
 * What cloud-init must know at the boots after the first, with the seed's CD or without it. It stands in files, since
 * newer releases call `manual_cache_clean` in user-data an error (25.1, seen).
 *
 * With them cloud-init trusts the copy it keeps of the seed. When that copy is lost, as after a power cut in the wrong
 * moment, it does nothing; otherwise 20.4.1 goes over to DHCP and makes new host keys (seen). It also means that a
 * guest keeps the addresses of its first seed, even after `cloud-init clean`: another seed wants another disk.
 */
export function laterBootsFiles(): readonly SeedFile[] {
  return [
    systemFile('/etc/cloud/cloud.cfg.d/99-labnet.cfg', [
      '# Written by labnet: a boot without the seed leaves the VM as it is.',
      'manual_cache_clean: true',
      'datasource_list: [NoCloud]',
      'network: {config: disabled}',
    ]),
    // cloud-init makes this mark at the second boot, when ds-identify has already looked for it.
    systemFile('/var/lib/cloud/instance/manual-clean', []),
  ];
}

/**
 * The file of sshd_config(5) that allows passwords or forbids them; of several values the first counts. It is written
 * before sshd starts: cloud-init's own way, in its third stage, starts sshd once more.
 */
export function passwordLoginFile(allowed: boolean): SeedFile {
  return systemFile('/etc/ssh/sshd_config.d/10-labnet.conf', [
    `PasswordAuthentication ${allowed ? 'yes' : 'no'}`,
  ]);
}

/**
 * The file with the language of sessions (environment(5), read by pam_env(8)): without one, letters beyond ASCII are
 * none to many programs. Every system has the language C.UTF-8. What the guest sets in /etc/default/locale is read
 * later, and wins; sshd's own SetEnv would win over that (8.4, seen). Other lines of an image's file stay.
 */
export function languageFile(): SeedFile {
  return { ...systemFile('/etc/environment', ['', 'LANG=C.UTF-8']), append: true };
}

/**
 * The rule of udev(7) by which a CPU that is plugged in while the VM runs comes online. It stays on the disk, since a
 * VM that is started again, as after a reboot of the host, gets its CPUs late once more.
 */
export function cpuRuleFile(): SeedFile {
  return systemFile('/etc/udev/rules.d/40-labnet-cpu.rules', [
    'ACTION=="add", SUBSYSTEM=="cpu", ATTR{online}=="0", ATTR{online}="1"',
  ]);
}

/**
 * The file of systemd.link(5) that gives the NIC at all later boots the name that cloud-init gives it at the first: by
 * then cloud-init leaves the network alone, and only some distributions have noted the name.
 */
export function linkNameFile(mac: string): SeedFile {
  checkShape(mac, /^[\da-f]{2}(:[\da-f]{2}){5}$/i, 'a MAC address');
  return systemFile('/etc/systemd/network/10-labnet-eth0.link', [
    '[Match]',
    `MACAddress=${mac.toLowerCase()}`,
    '',
    '[Link]',
    'Name=eth0',
  ]);
}

/** The files of the lab file. One in the user's home is the user's, all others are root's. */
export function userFiles({ name, user, files }: Vm): readonly SeedFile[] {
  return files.map(({ path, content, mode }, index) => {
    const where = `files[${index}] of ${name}`;
    for (const text of [path, content, mode]) checkText(text, where);
    checkPath(path, where);
    const owner = path.startsWith(`/home/${user}/`) ? user : 'root';
    return { path, owner: `${owner}:${owner}`, permissions: mode, content };
  });
}

/** A file of root's that everybody may read. */
export function systemFile(path: string, lines: readonly string[]): SeedFile {
  return {
    path,
    owner: 'root:root',
    permissions: '0644',
    content: lines.map((line) => `${line}\n`).join(''),
  };
}
