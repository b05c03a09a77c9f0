/** What can be said of a machine that does not answer to ping. */
import type { Host } from '../host/host.ts';
import { readIn } from '../host/namespace.ts';
import { neighbourAt } from './neighbours.ts';

/** Whether the host answers no ping at all, whoever asks (ip-sysctl, "icmp_echo_ignore_all"). */
export async function ignoresPing(host: Host, namespace: string | undefined): Promise<boolean> {
  const path = '/proc/sys/net/ipv4/icmp_echo_ignore_all';
  return (await readIn(namespace, path, host)).trim() === '1';
}

/**
 * Seconds on a usual PC in which a machine next to the host answers to ping, or has been asked anew for its hardware address:
 * the kernel waits five seconds for another sign of it, and asks three times, a second apart (arp(7)).
 */
const answerSeconds = 9;

/**
 * Whether a machine next to the host is there, and answers the host's own ping as little as a guest's: it answers none,
 * but has told its hardware address just now.
 */
export async function isMute(address: string, host: Host, namespace: string | undefined): Promise<boolean> {
  const seconds = String(Math.min(60, Math.ceil(answerSeconds * host.pace)));
  const argv = ['ping', '-n', '-q', '-c', '1', '-w', seconds, address];
  if ((await host.run(argv, { namespace, accept: [0, 1, 2] })).status === 0) return false;
  return (await neighbourAt(address, host, namespace))?.state.includes('REACHABLE') === true;
}
