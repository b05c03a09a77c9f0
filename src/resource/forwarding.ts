import type { HoldSettingsAction } from '../action/action.ts';
import { settingsHeld } from '../action/settings.ts';
import { holdsNamespace } from '../host/namespace.ts';
import { absent, oursUnless, type ResourceType, type SpecBase } from './resource-type.ts';
import { interfaceSetting } from './sysctl-key.ts';

/** Packet forwarding between the bridge and the uplink: a setting of the host that several labs may hold. */
export interface ForwardingSpec extends SpecBase {
  readonly kind: 'forwarding';
  readonly lab: string;
  /** `interface`: for these links alone; `global`: net.ipv4.ip_forward. */
  readonly scope: 'interface' | 'global';
  readonly uplink: string;
  /** Further links that guests go out by; left out: none. */
  readonly ways?: readonly string[] | undefined;
  readonly ledger: string;
  readonly namespace?: string | undefined;
}

/** What the kernel changes when ip_forward is written (inet_forward_change in net/ipv4/devinet.c). */
const changedAlong = '^net[.]ipv4[.]conf[.](all[.]accept_redirects|[^.]+[.]forwarding)$';

export const forwarding: ResourceType<ForwardingSpec> = {
  kind: 'forwarding',
  why: ({ scope, uplink, ways = [] }) =>
    scope === 'global'
      ? 'makes the host a router between all its interfaces, as the lab sheet does; without it packets end at the host'
      : `makes the host a router for what comes in by the bridge or by ${[uplink, ...ways].join(', ')}, and by no other interface`,
  create: (spec) => [hold(spec)],
  repair: (spec) => [hold(spec)],
  remove: ({ lab, ledger, namespace }) => [{ do: 'release-settings', holder: lab, ledger, namespace }],
  async inspect(spec, { host }) {
    if (!(await holdsNamespace(spec.namespace, host))) return absent;
    const { held, differences } = await settingsHeld(hold(spec), host);
    return held ? oursUnless(differences) : absent;
  },
};

function hold({ lab, scope, uplink, ways = [], ledger, namespace }: ForwardingSpec): HoldSettingsAction {
  const base = { do: 'hold-settings', holder: lab, ledger, namespace } as const;
  return scope === 'global'
    ? { ...base, settings: [{ key: 'net.ipv4.ip_forward', value: '1' }], alongPattern: changedAlong }
    : {
        ...base,
        settings: [uplink, ...ways].map((name) => ({
          key: interfaceSetting('ipv4', name, 'forwarding'),
          value: '1',
        })),
      };
}
