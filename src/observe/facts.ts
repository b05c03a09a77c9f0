/** Reads what planning needs to know of this host. Read-only, and possible without root. */

import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';
import { readRoutes } from './routes.ts';

/** The link by which this host reaches the internet. */
export interface Uplink {
  readonly name: string;
  /** The address of the router; empty on a point-to-point link, as of a VPN. */
  readonly gateway: string;
  readonly mtu: number;
}

const links = z.array(z.looseObject({ ifname: z.string(), mtu: z.number() }));

/**
 * The address of a root name server (root-servers.org), as a place somewhere in the internet. The kernel is asked for
 * the way there; no packet is sent. The default route alone does not tell: VPNs put 0.0.0.0/1 and 128.0.0.0/1 over it,
 * or a table and a rule of their own.
 */
const farAway = '198.41.0.4';

/** The interface and the gateway by which this host reaches the internet; undefined without a way. */
export async function readUplink(host: Host): Promise<Uplink | undefined> {
  const { status, stdout } = await host.run(['ip', '-json', '-4', 'route', 'get', farAway], {
    accept: [0, 2],
  });
  const [route] = status === 0 ? readRoutes(stdout) : [];
  if (route?.dev === undefined || route.dev === 'lo') return undefined;
  const shown = await host.run(['ip', '-json', 'link', 'show', 'dev', route.dev]);
  const mtu = links.parse(JSON.parse(shown.stdout))[0]?.mtu ?? 1500;
  return { name: route.dev, gateway: route.gateway ?? '', mtu };
}

/** The subnets that the host is connected to: no router lies between. */
export async function readLocalNetworks(host: Host): Promise<readonly string[]> {
  // All tables are shown, since a rule may lead to another one than the main table.
  const argv = ['ip', '-json', '-4', 'route', 'show', 'table', 'all', 'scope', 'link'];
  const found = readRoutes((await host.run(argv)).stdout).flatMap(({ dst, type = 'unicast', dev }) =>
    dst === 'default' || type !== 'unicast' || dev === 'lo' ? [] : [dst],
  );
  return [...new Set(found)];
}

/**
 * The files that may name real resolvers, in the order in which they are read: /etc/resolv.conf may name a stub on
 * loopback.
 */
const resolverFiles = [
  '/etc/resolv.conf',
  // systemd-resolved(8), "/etc/resolv.conf".
  '/run/systemd/resolve/resolv.conf',
  // The files of NetworkManager with dnsmasq, and of dnsmasq with resolvconf: they name what these themselves ask.
  '/run/NetworkManager/no-stub-resolv.conf',
  '/run/dnsmasq/resolv.conf',
];

/** How many resolvers glibc asks (MAXNS in resolv.conf(5)): nobody asks those behind them. */
const mostAsked = 3;

/** What this host's files say of its resolvers. */
export interface ResolvConf {
  /** Those that a guest can use: a loopback address would be the guest itself. */
  readonly resolvers: readonly string[];
  /** Whether they are asked by TCP alone ("options use-vc"). */
  readonly byTcp: boolean;
  /** The file that /etc/resolv.conf is a link to, where that is not there. */
  readonly missing?: string;
}

/** Reads the first of the files that names a resolver for guests. */
export async function readResolvConf(host: Host): Promise<ResolvConf> {
  for (const path of resolverFiles) {
    const text = (await host.read(path)) ?? '';
    const found = usableResolvers(text);
    if (found.length > 0)
      return {
        resolvers: found.slice(0, mostAsked),
        byTcp: /^options[ \t](?:.*[ \t])?use-vc(?!\S)/m.test(text),
      };
  }
  const missing = await missingTarget('/etc/resolv.conf', host);
  return { resolvers: [], byTcp: false, ...(missing !== undefined && { missing }) };
}

/** Where a link leads that leads to nothing; undefined for anything else. */
async function missingTarget(path: string, host: Host): Promise<string | undefined> {
  if ((await host.stat(path))?.kind !== 'link' || (await host.read(path)) !== undefined) return undefined;
  return (await host.run(['readlink', '--canonicalize-missing', path])).stdout.trim();
}

/** The resolvers a guest can use. */
export async function readResolvers(host: Host): Promise<readonly string[]> {
  return (await readResolvConf(host)).resolvers;
}

/** The resolvers that /etc/resolv.conf names and a guest cannot use, as they stand there. */
export async function readOtherResolvers(host: Host): Promise<readonly string[]> {
  const text = (await host.read('/etc/resolv.conf')) ?? '';
  const usable = usableResolvers(text);
  return [...text.matchAll(/^nameserver[ \t]+(\S{1,60})/gm)].flatMap(([, address = '']) =>
    usable.includes(address) ? [] : [address],
  );
}

/**
 * The IPv4 resolvers of a resolv.conf(5) that are not this host itself, such as those on loopback. Like glibc, it takes
 * a line only from its first column, ends an address at a blank, and leaves out what is no address.
 */
export function usableResolvers(text: string): readonly string[] {
  return (
    text
      .split('\n')
      .map((line) => /^nameserver[ \t]+([\d.]+)(?!\S)/.exec(line)?.[1] ?? '')
      .filter((address) => isIPv4(address))
      // All zeros are this very host. One of 169.254/16, as in clouds, is asked by way of this host, and under its
      // address.
      .filter((address) => !['127.', '0.'].some((none) => address.startsWith(none)))
  );
}

/** A digest of the machine id, under labnet's own name: machine-id(5) asks not to show the id itself. */
export async function readHostId(host: Host): Promise<string> {
  const id = (await host.read('/etc/machine-id'))?.trim() || 'no-machine-id';
  return createHash('sha256').update(`labnet ${id}`).digest('hex').slice(0, 32);
}

/** Whether root alone can open /dev/net/tun, as where no udev has given others the right to. */
export async function readPrivateTun(host: Host): Promise<boolean> {
  const node = await host.stat('/dev/net/tun');
  return node !== undefined && (node.mode & 0o006) !== 0o006;
}

/** Whether systemd is the init of this host (sd_booted(3)). */
export async function readSystemd(host: Host): Promise<boolean> {
  // An ordinary user's own host has no manager of its own to ask.
  if (host.ground === 'own') return false;
  return (await host.stat('/run/systemd/system'))?.kind === 'directory';
}

/** The group that may open /dev/kvm; undefined when everybody may, or nobody but root. */
export async function readKvmGroup(host: Host): Promise<number | undefined> {
  const node = await host.stat('/dev/kvm');
  // There everybody keeps the groups that he has.
  if (host.ground === 'own') return undefined;
  if (node === undefined || (node.mode & 0o006) === 0o006 || (node.mode & 0o060) !== 0o060) return undefined;
  return node.gid;
}
