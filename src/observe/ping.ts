/** What a ping that nobody answers says of whom it was for. */
import type { Host } from '../host/host.ts';
import { readIn } from '../host/namespace.ts';
import { readNeighbours } from './neighbours.ts';

/** True where the host answers no ping at all, whoever asks (ip-sysctl, "icmp_echo_ignore_all"). */
export async function ignoresPing(host: Host, namespace: string | undefined): Promise<boolean> {
  const path = '/proc/sys/net/ipv4/icmp_echo_ignore_all';
  return (await readIn(namespace, path, host)).trim() === '1';
}

/** True where a machine next to the host has told its hardware address just now: it is there, whatever else it answers. */
export async function isNextToUs(
  address: string,
  host: Host,
  namespace: string | undefined,
): Promise<boolean> {
  const known = await readNeighbours(host, namespace);
  return known.some((one) => one.address === address && one.state.includes('REACHABLE'));
}
