import type { Action } from '../action/action.ts';
import { holdsNamespace } from '../host/namespace.ts';
import { readLink } from '../observe/links.ts';
import { ipBatch } from './ip-batch.ts';
import { linkPresence, markOf } from './mark.ts';
import type { ResourceType, SpecBase } from './resource-type.ts';
import { withoutIpv6, writeSettings } from './sysctl-key.ts';

/** A cable from the bridge to a namespace that stands where the first VM will: what passes there will pass here. */
export interface CanarySpec extends SpecBase {
  readonly kind: 'canary';
  readonly lab: string;
  /** The bridge's end. */
  readonly port: string;
  readonly bridge: string;
  readonly mtu: number;
  /** The network namespace of the bridge. */
  readonly namespace?: string | undefined;
  readonly guest: {
    readonly namespace: string;
    readonly mac: string;
    /** "192.168.6.1/24" */
    readonly address: string;
    readonly gateway: string;
  };
}

export const canary: ResourceType<CanarySpec> = {
  kind: 'canary',
  why: ({ guest }) =>
    `tries, as ${guest.address} and before any VM boots, whether packets reach the host and the outside`,
  create: ({ lab, port, bridge, mtu, namespace, guest }) => {
    const run = (...argv: string[]): Action => ({ do: 'run', namespace, argv });
    const cable = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', guest.namespace];
    return [
      run('ip', 'link', 'add', 'dev', port, ...cable),
      run('ip', 'link', 'set', 'dev', port, 'alias', markOf(lab)),
      run(...writeSettings([withoutIpv6(port)])),
      run('ip', 'link', 'set', 'dev', port, 'mtu', String(mtu), 'master', bridge, 'up'),
      ipBatch(guest.namespace, [
        `link set dev eth0 address ${guest.mac} mtu ${mtu} up`,
        `address add ${guest.address} dev eth0`,
        `route add default via ${guest.gateway}`,
      ]),
    ];
  },
  remove: ({ port, namespace }) => [{ do: 'run', namespace, argv: ['ip', 'link', 'delete', 'dev', port] }],
  async inspect({ lab, port, bridge, mtu, namespace }, { host, openIntent }) {
    if (!(await holdsNamespace(namespace, host))) return { state: 'absent' };
    const link = await readLink(host, port, namespace);
    return linkPresence(link, { lab, kind: 'veth', openIntent }, (found) => [
      found.master !== bridge && `${port} is not plugged into ${bridge}`,
      found.mtu !== mtu && `${port} has MTU ${found.mtu}, not ${mtu}`,
    ]);
  },
};
