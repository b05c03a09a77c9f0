import type { Action } from '../action/action.ts';
import { holdsNamespace } from '../host/namespace.ts';
import { readLink } from '../observe/links.ts';
import { linkPresence, markOf } from './mark.ts';
import type { ResourceType, SpecBase } from './resource-type.ts';
import { withoutIpv6, writeSettings } from './sysctl-key.ts';

/** The host's end of one VM's network cable, plugged into the bridge. */
export interface TapSpec extends SpecBase {
  readonly kind: 'tap';
  readonly lab: string;
  readonly name: string;
  readonly bridge: string;
  /** The only uid that may open it: without an owner, any local user could. */
  readonly uid: number;
  readonly mtu: number;
  readonly namespace?: string | undefined;
}

export const tap: ResourceType<TapSpec> = {
  kind: 'tap',
  why: ({ name, bridge }) =>
    `the VM's network cable: QEMU holds one end of ${name}, the bridge ${bridge} the other`,
  create: (spec) => {
    const { lab, name, uid, namespace } = spec;
    const run = (...argv: string[]): Action => ({ do: 'run', namespace, argv });
    return [
      run('ip', 'tuntap', 'add', 'dev', name, 'mode', 'tap', 'user', String(uid)),
      run('ip', 'link', 'set', 'dev', name, 'alias', markOf(lab)),
      run(...writeSettings([withoutIpv6(name)])),
      plugIn(spec),
    ];
  },
  repair: (spec) => [plugIn(spec)],
  remove: ({ name, namespace }) => [{ do: 'run', namespace, argv: ['ip', 'link', 'delete', 'dev', name] }],
  async inspect({ lab, name, bridge, uid, mtu, namespace }, { host, openIntent }) {
    if (!(await holdsNamespace(namespace, host))) return { state: 'absent' };
    const link = await readLink(host, name, namespace);
    return linkPresence(link, { lab, kind: 'tun', openIntent, born: { owner: uid } }, (found) => [
      found.master !== bridge && `${name} is not plugged into ${bridge}`,
      found.mtu !== mtu && `${name} has MTU ${found.mtu}, not ${mtu}`,
    ]);
  },
};

function plugIn({ name, bridge, mtu, namespace }: TapSpec): Action {
  return {
    do: 'run',
    namespace,
    argv: ['ip', 'link', 'set', 'dev', name, 'mtu', String(mtu), 'master', bridge, 'up'],
  };
}
