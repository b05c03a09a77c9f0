import { basename } from 'node:path';
import type { Host } from '../host/host.ts';

/** Programs that configure links by themselves, also links that others made. */
export const linkManagers = {
  networkManager: 'NetworkManager',
  networkd: 'systemd-networkd',
  connman: 'connmand',
  dhcpcd: 'dhcpcd',
} as const;

/** One of the programs that configure links by themselves. */
export type LinkManager = keyof typeof linkManagers;

/** The link managers that run now. */
export async function readLinkManagers(host: Host): Promise<ReadonlySet<LinkManager>> {
  const running = (await host.processes()).map(({ argv }) => argv);
  const runs = (name: string) =>
    running.some(([program = '', ...rest]) => {
      // dhcpcd calls itself "dhcpcd: [manager] [ip4]", and with the name of a link it minds that link alone.
      const called = basename(program.split(':')[0] ?? '');
      return called === name && (name !== 'dhcpcd' || rest.every((word) => word.startsWith('-')));
    });
  const all = Object.keys(linkManagers) as LinkManager[];
  const found = new Set(all.filter((key) => runs(linkManagers[key])));
  // A NetworkManager without its directory on this host is a container's.
  if ((await host.stat('/run/NetworkManager'))?.kind !== 'directory') found.delete('networkManager');
  return found;
}
