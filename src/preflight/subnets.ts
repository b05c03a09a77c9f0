/** A lab's subnet beside the networks of its host. */

import { contains, overlaps, within } from '../lab/addressing.ts';
import type { HostNetwork, KnownSubnet } from '../observe/network.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import type { Finding } from './finding.ts';

/** A lab as it lies in a host's network. */
interface Place {
  readonly subnet: string;
  /** The lab's own links: what the host knows of networks on these does not count. */
  readonly own: ReadonlySet<string>;
}

/**
 * How many bits shorter the prefix of a route must be than a lab's, to be of networks far away rather than of a
 * neighbour.
 */
const farWiderBits = 8;

/**
 * What of the host's networks the lab's subnet collides with. Any overlap counts, not only equality: a /24 inside the
 * LAN's /16 would cut the host off its own gateway.
 */
export function overlapFindings(
  plan: Plan,
  host: HostNetwork,
  labOf: ReadonlyMap<string, string> = new Map(),
): readonly Finding[] {
  const place = placeOf(plan);
  const remedy = [otherSubnet(place, host)];
  const nameOf = (device: string) => {
    const lab = labOf.get(device);
    return lab === undefined ? device : `${device}, the bridge of the lab ${lab}`;
  };
  return clashes(place, host, nameOf).map((message) => ({ id: 'subnet', level: 'problem', message, remedy }));
}

/**
 * Warnings of wide routes, as a VPN brings them, that have the lab's subnet in them: the lab works, and hides that part
 * of them.
 */
export function wideRouteWarnings(plan: Plan, host: HostNetwork): readonly string[] {
  const { subnet, own } = placeOf(plan);
  return host.subnets
    .filter((one) => !own.has(one.device) && overlaps(subnet, one.subnet) && isFarWider(one, subnet))
    .map(
      (one) =>
        `${one.subnet}, which this host reaches by ${one.device}, has ${subnet} in it: while the lab is up, those addresses are the lab's`,
    );
}

/** What stands in the way of a lab at this place, in words. */
export function clashes(
  { subnet, own }: Place,
  host: HostNetwork,
  nameOf = (device: string) => device,
): readonly string[] {
  const isOther = ({ device }: { readonly device: string }) => !own.has(device);
  const touches = (one: KnownSubnet) =>
    one.dead === true ? within(one.subnet, subnet) : overlaps(subnet, one.subnet) && !isFarWider(one, subnet);
  return [
    ...host.subnets
      .filter(isOther)
      .filter(touches)
      .map((one) => `${subnet} overlaps ${one.subnet} on ${nameOf(one.device)}`),
    ...host.neighbours
      .filter(isOther)
      .filter(({ address }) => contains(subnet, address))
      .map(
        ({ address, device }) =>
          `${address} on ${device}, which this host has spoken with, lies in ${subnet}`,
      ),
    ...host.gateways
      .filter(isOther)
      .filter(({ address }) => contains(subnet, address))
      .map(
        ({ address, device }) =>
          `${address}, a router that this host goes by on ${device}, lies in ${subnet}`,
      ),
    ...host.resolvers
      .filter((resolver) => contains(subnet, resolver))
      .map((resolver) => `the host's resolver ${resolver} lies in ${subnet}`),
  ];
}

/**
 * The line that gives the lab a subnet with which nothing on this host collides, if there is one among some usual ones.
 */
export function otherSubnet({ own }: Pick<Place, 'own'>, host: HostNetwork): string {
  const free = candidates.find((subnet) => clashes({ subnet, own }, host).length === 0);
  if (free === undefined)
    return 'give the lab a subnet that this host does not use: networks: [{address: ADDRESS/24}]';
  return `give the lab another subnet: networks: [{address: ${free.replace('.0/24', '.1/24')}}]`;
}

/**
 * The subnets that may be proposed: some of each kind of private network, and of those that were set apart for tests
 * (RFC 1918, 2544, 6598).
 */
const candidates: readonly string[] = [
  ...['10.66.0.0/24', '10.166.0.0/24', '10.213.77.0/24', '172.30.66.0/24', '172.22.166.0/24'],
  ...['192.168.66.0/24', '192.168.166.0/24', '192.168.213.0/24', '198.18.66.0/24', '100.127.66.0/24'],
];

/**
 * Whether a route leads to networks beyond a router or a tunnel that are much larger than the lab: the host has no
 * address in them.
 */
function isFarWider({ subnet, connected }: KnownSubnet, lab: string): boolean {
  return !connected && prefixOf(subnet) <= prefixOf(lab) - farWiderBits;
}

const prefixOf = (subnet: string) => Number(subnet.split('/')[1]);

/**
 * The place of a lab by its plan. Its taps are its own, too: on one that was unplugged from the bridge while its VM
 * ran, the host may know the VM as a neighbour.
 */
function placeOf(plan: Plan): Place {
  const { bridge, subnet } = plan.network;
  const taps = specsOf(plan).flatMap((spec) => (spec.kind === 'tap' ? [spec.name] : []));
  return { subnet, own: new Set([bridge, ...taps]) };
}
