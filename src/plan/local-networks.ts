import { overlaps, parseSubnet, toAddress, within } from '../lab/addressing.ts';

/** Private, shared and link-local addresses (RFC 1918, 6598, 3927): never of the internet, so somebody's near. */
const never = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

/** Bits of a prefix: what is wider is no network near a host, but the internet itself, as a VPN lays it over the default route. */
const widest = 8;

/**
 * The networks near a host that `isolate: lan` keeps guests off: all private ones, and those the host is connected to.
 * None overlaps another, as nft wants the elements of a set: of one that holds others only the rest is told.
 */
export function localNetworks(connected: readonly string[]): readonly string[] {
  const near = connected.filter((one) => prefixOf(one) >= widest).sort((a, b) => prefixOf(a) - prefixOf(b));
  const all = [...never];
  for (const one of near) all.push(...without(one, all));
  return all;
}

/** The parts of a network that lie in none of the others. */
function without(network: string, others: readonly string[]): readonly string[] {
  if (!others.some((other) => overlaps(other, network))) return [network];
  if (others.some((other) => within(network, other))) return [];
  const { network: first, prefix, last } = parseSubnet(network);
  const middle = first + (last + 1 - first) / 2;
  return [first, middle].flatMap((half) => without(`${toAddress(half)}/${prefix + 1}`, others));
}

function prefixOf(subnet: string): number {
  return parseSubnet(subnet).prefix;
}
