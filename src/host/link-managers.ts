import { basename } from 'node:path';
import * as z from 'zod';
import type { Host } from './host.ts';

/** Programs that configure links by themselves, also those of others. */
export const linkManagers = {
  networkManager: 'NetworkManager',
  networkd: 'systemd-networkd',
  connman: 'connmand',
  dhcpcd: 'dhcpcd',
} as const;

export type LinkManager = keyof typeof linkManagers;

/** Those that run now. */
export async function readLinkManagers(host: Host): Promise<ReadonlySet<LinkManager>> {
  const running = (await host.processes()).map(({ argv }) => argv);
  const runs = (name: string) =>
    running.some(([program = '', ...rest]) => {
      // dhcpcd calls itself "dhcpcd: [manager] [ip4]", and with the name of a link it minds that link alone.
      const called = basename(program.split(':')[0] ?? '');
      return called === name && (name !== 'dhcpcd' || rest.every((word) => word.startsWith('-')));
    });
  const all = Object.keys(linkManagers) as LinkManager[];
  return new Set(all.filter((key) => runs(linkManagers[key])));
}

const rules = z.array(z.looseObject({ priority: z.number(), table: z.string().optional() }));

/** Tables that every host has rules for (ip-rule(8)). */
const ordinary: readonly (string | undefined)[] = ['local', 'main', 'default'];

/**
 * True where a packet from the uplink may be dropped although it is an answer: reverse path filtering is strict, and rules
 * besides the ordinary ones send packets other ways than the main table (ip-sysctl, "rp_filter": the higher of `all` and
 * the interface's own counts).
 */
export async function readStrictReversePath(host: Host, uplink: string): Promise<boolean> {
  const keys = ['all', uplink.replaceAll('.', '/')].map((name) => `net.ipv4.conf.${name}.rp_filter`);
  const [shown, values] = await Promise.all([
    host.run(['ip', '-json', '-4', 'rule', 'show']),
    host.run(['sysctl', '--ignore', '--values', ...keys]),
  ]);
  const strict = Math.max(...values.stdout.split('\n').map(Number)) === 1;
  return (
    strict && rules.parse(JSON.parse(shown.stdout || '[]')).some(({ table }) => !ordinary.includes(table))
  );
}
