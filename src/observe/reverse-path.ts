/** Reverse path filtering: the kernel drops a packet when no route leads back to its sender by the same link. */

import type { Host } from '../host/host.ts';
import { readIn } from '../host/namespace.ts';
import * as z from '../zod.ts';

const rules = z.array(z.looseObject({ priority: z.number(), table: z.string().optional() }));

/** Tables that every host has rules for (ip-rule(8)). */
const ordinary: readonly (string | undefined)[] = ['local', 'main', 'default'];

/**
 * Whether a packet from the uplink may be dropped although it is an answer: reverse path filtering is strict, and rules
 * besides the ordinary ones send packets other ways than the main table (ip-sysctl, "rp_filter": the higher of `all`
 * and the interface's own counts).
 */
export async function readStrictReversePath(host: Host, uplink: string): Promise<boolean> {
  const paths = ['all', uplink].map((name) => `/proc/sys/net/ipv4/conf/${name}/rp_filter`);
  const values = await Promise.all(paths.map((path) => host.read(path)));
  if (Math.max(...values.map((value = '0') => Number(value))) !== 1) return false;
  const { stdout } = await host.run(['ip', '-json', '-4', 'rule', 'show']);
  return rules.parse(JSON.parse(stdout || '[]')).some(({ table }) => !ordinary.includes(table));
}

/**
 * How many packets the kernel has dropped since no route leads back to their sender (TcpExtIPReversePathFilter;
 * rp_filter).
 */
export async function readReversePathDrops(host: Host, namespace?: string): Promise<number> {
  const [names = [], values = []] = (await readIn(namespace, '/proc/net/netstat', host))
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('IPReversePathFilter')] ?? 0);
}
