import { isIPv4, isIPv6 } from 'node:net';
import { LabnetError } from '../errors.ts';
import { subnetOf } from '../lab/addressing.ts';
import type { Lab } from '../lab/lab.ts';
import { isLinkName } from '../lab/naming.ts';
import type { HostFacts } from './facts.ts';
import { noPing, usersUplink } from './own-ground.ts';
import type { PlannedNetwork } from './plan.ts';

/** The stand-in internet: TEST-NET-2 between the sandbox and it, one server in TEST-NET-3 (RFC 5737). */
export const sandbox = {
  uplink: 'eth0',
  address: '198.51.100.2',
  gateway: '198.51.100.1',
  network: '198.51.100.0/24',
  server: '203.0.113.80',
  /** A name that the stand-in's DNS knows. */
  name: 'www.internet.test',
} as const;

/** What is tried outside the sandbox when the lab file names nothing else. */
const defaultTarget = { host: 'www.debian.org', port: 443 };

const ethernetMtu = 1500;

export function planNetwork(
  lab: Lab,
  facts: HostFacts,
): { readonly network: PlannedNetwork; readonly mtu: number; readonly warnings: readonly string[] } {
  const { name: bridge, address, prefix, nat, uplink: wanted, dns, mtu } = lab.network;
  const isOwn = facts.ground === 'own' && !lab.sandbox;
  const subnet = subnetOf(address, prefix);
  const outside = lab.sandbox
    ? { name: sandbox.uplink, gateway: sandbox.gateway, mtu: ethernetMtu }
    : uplinkOf(wanted, facts);
  const way = nat ? usable(outside) : undefined;
  const uplink = isOwn ? usersUplink(way, subnet, facts) : way;
  const noWay = nat && outside === undefined;
  // What takes a user's lab out goes where the PC goes by itself.
  const auto = wanted === 'auto' && !lab.sandbox && !isOwn;
  return {
    network: {
      bridge,
      address,
      prefix,
      subnet,
      resolvers: resolversOf(dns, lab.sandbox ? sandboxResolvers : facts, {
        needed: uplink !== undefined,
        bridge,
      }),
      ...(facts.resolversByTcp && dns === 'auto' && !lab.sandbox ? { byTcp: true } : {}),
      uplink,
      ...(uplink !== undefined && auto ? furtherWays(uplink.name, facts) : {}),
      ...((uplink !== undefined || noWay) && !lab.sandbox
        ? { follows: { uplink: auto, resolvers: dns === 'auto' } }
        : {}),
      target: targetOf(lab),
    },
    mtu: mtu === 'auto' ? (outside?.mtu ?? ethernetMtu) : mtu,
    warnings: [
      ...(noWay ? ['this host has no default route: the lab gets no NAT, and its guests no internet'] : []),
      ...(isOwn && uplink !== undefined && !facts.mayPing ? [noPing] : []),
    ],
  };
}

const sandboxResolvers = { resolvers: [sandbox.server], otherResolvers: [] };

/** Where the host itself goes by more links than one, its guests do. */
export function furtherWays(uplink: string, { ways }: Pick<HostFacts, 'ways'>): Pick<PlannedNetwork, 'ways'> {
  const further = ways.filter((name) => name !== uplink);
  return further.length === 0 ? {} : { ways: further };
}

/** @throws LabnetError host-cannot when the host has no link of that name */
function uplinkOf(wanted: string, { uplink, links }: HostFacts) {
  const found = uplink ?? undefined;
  if (wanted === 'auto') return found;
  const named = links?.find(({ name, others }) => name === wanted || others.includes(wanted));
  if (links !== undefined && named === undefined) {
    const there = links.map(({ name }) => name).filter((name) => name !== 'lo');
    throw new LabnetError(
      'host-cannot',
      `networks.uplink is ${wanted}, and this host has no link of that name`,
      { hint: `the links there are: ${there.join(', ')}; or uplink: auto, which goes where this host goes` },
    );
  }
  const name = named?.name ?? wanted;
  if (name === found?.name) return found;
  // Another interface than the default route's: its gateway is not known, so none is probed.
  return { name, gateway: '', mtu: found?.mtu ?? ethernetMtu };
}

/** It goes into nft's rules and scripts. @throws LabnetError host-cannot */
function usable<U extends { readonly name: string }>(uplink: U | undefined): U | undefined {
  if (uplink === undefined || isLinkName(uplink.name)) return uplink;
  throw new LabnetError(
    'host-cannot',
    `the way out of this host is called ${JSON.stringify(uplink.name)}, a name that nft and sysctl do not take`,
    {
      hint: 'ip link set dev OLD name NEW gives it another; or networks: [{uplink: NAME}] uses another link, nat: false none',
    },
  );
}

function resolversOf(
  dns: Lab['network']['dns'],
  {
    resolvers,
    otherResolvers,
    missingResolvConf: missing,
  }: Pick<HostFacts, 'resolvers' | 'otherResolvers' | 'missingResolvConf'>,
  { needed, bridge }: { readonly needed: boolean; readonly bridge: string },
): readonly string[] {
  if (dns !== 'auto') return dns;
  if (resolvers.length === 0 && needed) {
    const those = otherResolvers.map((address) => `${address} (${whyOfNoUse(address)})`);
    const none =
      missing === undefined ? 'none at all' : `/etc/resolv.conf points to ${missing}, which is not there`;
    throw new LabnetError(
      'host-cannot',
      `this host names no resolver that a guest could use: ${those.length === 0 ? none : those.join(', ')}`,
      { hint: `name one in lab.yaml, under networks, beside name: ${bridge}; such as dns: [192.0.2.53]` },
    );
  }
  return resolvers;
}

/** @param address what stands behind the word nameserver */
function whyOfNoUse(address: string): string {
  if (isIPv6(address)) return 'IPv6, which guests do not have';
  if (!isIPv4(address)) return 'no address';
  return 'this host itself';
}

function targetOf(lab: Lab): { host: string; port: number } {
  if (lab.probeTarget !== undefined) {
    const colon = lab.probeTarget.lastIndexOf(':');
    return { host: lab.probeTarget.slice(0, colon), port: Number(lab.probeTarget.slice(colon + 1)) };
  }
  return lab.sandbox ? { host: sandbox.name, port: 80 } : defaultTarget;
}
