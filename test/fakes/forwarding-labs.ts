/** Labs that hold forwarding on a memory host whose settings are chosen. */
import { perform } from '../../src/action/perform.ts';
import { settingsLedger } from '../../src/paths.ts';
import { type ForwardingSpec, forwarding } from '../../src/resource/forwarding.ts';
import { roots } from './facts.ts';
import type { MemoryHost } from './memory-host.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { readSetting, writeSetting } from './network-settings.ts';
import { trappedWorld } from './trapped-world.ts';
import type { World } from './world.ts';

/** As `host.forwarding` of the lab file. */
export const scopes = ['interface', 'global'] as const;
const bits = ['0', '1'] as const;
export type Scope = (typeof scopes)[number];

/** What the host has before the first lab comes. */
export interface Baseline {
  readonly ipForward: string;
  readonly redirects: string;
  readonly eth0: string;
}

export const baselines: readonly Baseline[] = bits.flatMap((ipForward) =>
  bits.flatMap((redirects) => bits.map((eth0) => ({ ipForward, redirects, eth0 }))),
);

export function spec(lab: string, scope: Scope, uplink = 'eth0'): ForwardingSpec {
  return { kind: 'forwarding', id: 'forwarding:uplink', lab, scope, uplink, ledger: settingsLedger(roots) };
}

export async function enter(one: ForwardingSpec, host: MemoryHost): Promise<void> {
  for (const action of forwarding.create(one)) await perform(action, { host });
}

export async function leave(one: ForwardingSpec, host: MemoryHost): Promise<void> {
  for (const action of forwarding.remove(one)) await perform(action, { host });
}

/** A host with these settings, and another interface whose forwarding is on whatever the rest says. */
export function worldWith({ ipForward, redirects, eth0 }: Baseline): World {
  const world = trappedWorld();
  const root = network(world);
  set(root, 'net.ipv4.ip_forward', ipForward);
  set(root, 'net.ipv4.conf.all.accept_redirects', redirects);
  set(root, 'net.ipv4.conf.eth0.forwarding', eth0);
  set(root, 'net.ipv4.conf.eth1.forwarding', '1');
  set(root, 'net.ipv4.conf.virbr0.forwarding', '0');
  world.files.makeDirectory(roots.run, 0o711);
  return world;
}

export function network(world: World): NetworkNamespace {
  const root = world.namespaceAt(undefined);
  if (root === undefined) throw new Error('a world without a network');
  return root;
}

export function set(root: NetworkNamespace, key: string, value: string): void {
  if (!writeSetting(key, value, root)) throw new Error(`no ${key}`);
}

export const forwardingOf = (world: World, name: string) =>
  readSetting(`net.ipv4.conf.${name}.forwarding`, network(world));
