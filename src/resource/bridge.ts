import type { Action } from '../action/action.ts';
import { readLink } from '../host/links.ts';
import { linkPresence, markOf } from './mark.ts';
import type { ResourceType, SpecBase } from './resource-type.ts';
import { interfaceSetting } from './sysctl-key.ts';

/** The lab's bridge, with the host's own address on it. */
export interface BridgeSpec extends SpecBase {
  readonly kind: 'bridge';
  readonly lab: string;
  readonly name: string;
  /** "192.168.6.10/24" */
  readonly address: string;
  readonly mac: string;
  readonly mtu: number;
  /** Forward packets that come from the bridge. */
  readonly forwarding: boolean;
  readonly namespace?: string | undefined;
}

export const bridge: ResourceType<BridgeSpec> = {
  kind: 'bridge',
  why: ({ name, address }) =>
    `the switch that the VMs are plugged into; ${name}'s address ${address} is the host's own, and the guests' gateway`,
  create: ({ lab, name, address, mac, mtu, forwarding, namespace }) => {
    const run = (...argv: string[]): Action => ({ do: 'run', namespace, argv });
    return [
      // The MAC in the same command: unpinned it follows the ports and changes with each tap. No spanning tree: its
      // forward delay would hold back the first packets for 30 s.
      run(
        'ip',
        'link',
        'add',
        'name',
        name,
        'address',
        mac,
        'mtu',
        String(mtu),
        'type',
        'bridge',
        'stp_state',
        '0',
        'forward_delay',
        '0',
      ),
      run('ip', 'link', 'set', 'dev', name, 'alias', markOf(lab)),
      // Before it is up: a guest's IPv6 router advertisement would otherwise become the host's default route.
      run('sysctl', '--quiet', '--write', `${interfaceSetting('ipv6', name, 'disable_ipv6')}=1`),
      run('ip', 'address', 'add', address, 'dev', name),
      ...(forwarding
        ? [run('sysctl', '--quiet', '--write', `${interfaceSetting('ipv4', name, 'forwarding')}=1`)]
        : []),
      run('ip', 'link', 'set', 'dev', name, 'up'),
    ];
  },
  remove: ({ name, namespace }) => [{ do: 'run', namespace, argv: ['ip', 'link', 'delete', 'dev', name] }],
  async inspect({ lab, name, address, mtu, namespace }, { host, openIntent }) {
    if (namespace !== undefined && (await host.stat(namespace)) === undefined) return { state: 'absent' };
    const link = await readLink(host, name, namespace);
    return linkPresence(link, { lab, kind: 'bridge', openIntent }, (found) => [
      !found.addresses.includes(address) && `${name} lacks the address ${address}`,
      found.mtu !== mtu && `${name} has MTU ${found.mtu}, not ${mtu}`,
    ]);
  },
};
