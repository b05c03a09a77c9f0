import { overlaps } from '../lab/addressing.ts';

/** Private, shared and link-local addresses (RFC 1918, 6598, 3927): never of the internet, so somebody's near. */
const never = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

/**
 * The networks near a host that `isolate: lan` keeps guests off: all private ones, and those the host is connected to.
 * None overlaps another, as nft wants the elements of a set.
 */
export function localNetworks(connected: readonly string[]): readonly string[] {
  const widest = [...connected].sort((a, b) => prefixOf(a) - prefixOf(b));
  const apart = widest.filter((one, index) =>
    [...never, ...widest.slice(0, index)].every((other) => !overlaps(other, one)),
  );
  return [...never, ...apart];
}

function prefixOf(subnet: string): number {
  return Number(subnet.split('/')[1] ?? 32);
}
