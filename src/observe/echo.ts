import type { Host } from '../host/host.ts';
import { readIn } from '../host/namespace.ts';

/** True where the host answers no ping at all, whoever asks (ip-sysctl, "icmp_echo_ignore_all"). */
export async function ignoresPing(host: Host, namespace: string | undefined): Promise<boolean> {
  const path = '/proc/sys/net/ipv4/icmp_echo_ignore_all';
  return (await readIn(namespace, path, host)).trim() === '1';
}
