import type { Action, Setting } from '../action/action.ts';
import { settingDifferences } from '../action/settings.ts';
import { holdsNamespace } from '../host/namespace.ts';
import { readLink } from '../observe/links.ts';
import { linkPresence, markOf } from './mark.ts';
import type { ResourceType, SpecBase } from './resource-type.ts';
import { interfaceSetting, withoutIpv6, writeSettings } from './sysctl-key.ts';

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
  create: (spec) => {
    const { lab, name, mac, mtu, namespace } = spec;
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
      ...settle(spec),
    ];
  },
  repair: (spec) => [
    {
      do: 'run',
      namespace: spec.namespace,
      argv: ['ip', 'link', 'set', 'dev', spec.name, 'mtu', String(spec.mtu)],
    },
    ...settle(spec),
  ],
  remove: ({ name, namespace }) => [{ do: 'run', namespace, argv: ['ip', 'link', 'delete', 'dev', name] }],
  async inspect(spec, { host, openIntent }) {
    const { lab, name, address, mac, mtu, namespace } = spec;
    if (!(await holdsNamespace(namespace, host))) return { state: 'absent' };
    const link = await readLink(host, name, namespace);
    const flags = link === undefined ? [] : await settingDifferences(settingsOf(spec), namespace, host);
    return linkPresence(link, { lab, kind: 'bridge', openIntent, born: { mac } }, (found) => [
      !found.addresses.includes(address) && `${name} lacks the address ${address}`,
      found.mtu !== mtu && `${name} has MTU ${found.mtu}, not ${mtu}`,
      ...flags,
    ]);
  },
};

/** What makes a bridge the lab's switch and gateway; each step may be done again. */
function settle(spec: BridgeSpec): readonly Action[] {
  const { name, address, namespace } = spec;
  const run = (...argv: string[]): Action => ({ do: 'run', namespace, argv });
  return [
    run(...writeSettings(settingsOf(spec))),
    run('ip', 'address', 'replace', address, 'dev', name),
    run('ip', 'link', 'set', 'dev', name, 'up'),
  ];
}

/** No IPv6, before it is up: a guest's router advertisement would otherwise become the host's default route. */
function settingsOf({ name, forwarding }: BridgeSpec): readonly Setting[] {
  return [
    withoutIpv6(name),
    ...(forwarding ? [{ key: interfaceSetting('ipv4', name, 'forwarding'), value: '1' }] : []),
  ];
}
