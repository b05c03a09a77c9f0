import type { Lab, Vm } from '../lab/lab.ts';
import { canaryPort, deriveMac, nftTable, tapName, tapTable } from '../lab/naming.ts';
import { labPaths, settingsLedger } from '../paths.ts';
import type { AntiSpoofSpec } from '../resource/anti-spoof.ts';
import type { BridgeSpec } from '../resource/bridge.ts';
import type { FirewallSpec } from '../resource/firewall.ts';
import type { ForwardingSpec } from '../resource/forwarding.ts';
import type { TapSpec } from '../resource/tap.ts';
import type { UnmanagedSpec } from '../resource/unmanaged.ts';
import { guestFor, type PlanContext } from './context.ts';
import type { HostFacts } from './facts.ts';
import { ownResolvers, sourcesOf } from './guest-route.ts';
import { localNetworks } from './local-networks.ts';
import { sandbox } from './network.ts';

/** None without NetworkManager; what it does not see it leaves alone. */
export function unmanagedSpecs({
  lab,
  facts,
  network,
  namespace,
  guests,
}: PlanContext): readonly UnmanagedSpec[] {
  if (!facts.networkManager || namespace !== undefined) return [];
  return [
    {
      kind: 'unmanaged',
      id: `unmanaged:${network.bridge}`,
      lab: lab.name,
      path: `/run/NetworkManager/conf.d/labnet-${lab.name}.conf`,
      links: [
        network.bridge,
        ...guests.map(({ number }) => tapName(lab.network.taps, number)),
        canaryPort(lab.name),
      ],
    },
  ];
}

export function bridgeSpec({ lab, facts, network, namespace, mtu }: PlanContext): BridgeSpec {
  return {
    kind: 'bridge',
    id: `bridge:${network.bridge}`,
    lab: lab.name,
    name: network.bridge,
    address: `${network.address}/${network.prefix}`,
    mac: deriveMac(facts.hostId, lab.name, `bridge:${network.bridge}`),
    mtu,
    forwarding: network.uplink !== undefined,
    namespace,
  };
}

export function tapSpec(vm: Vm, context: PlanContext): TapSpec {
  const { lab, network, namespace, mtu } = context;
  const { number, uid } = guestFor(vm, context);
  return {
    kind: 'tap',
    id: `tap:${vm.name}`,
    vm: vm.name,
    lab: lab.name,
    name: tapName(lab.network.taps, number),
    bridge: network.bridge,
    uid,
    mtu,
    namespace,
  };
}

export function antiSpoofSpec(vm: Vm, context: PlanContext): AntiSpoofSpec {
  const { lab, namespace } = context;
  const { number, mac, address } = guestFor(vm, context);
  const tap = tapName(lab.network.taps, number);
  return {
    kind: 'anti-spoof',
    id: `anti-spoof:${vm.name}`,
    vm: vm.name,
    lab: lab.name,
    table: tapTable(lab.name, tap),
    ports: [{ tap, mac, address }],
    namespace,
  };
}

/** Without root guests reach what the user's programs reach: there they are kept off the networks near the PC unless told. */
function isolates({ sandbox: isSandbox, network: { isolate } }: Lab, { ground }: HostFacts): boolean {
  return isolate === 'lan' || (isolate === 'auto' && ground === 'own' && !isSandbox);
}

export function firewallSpec({ lab, facts, network, namespace }: PlanContext): FirewallSpec {
  return {
    kind: 'firewall',
    id: `firewall:${nftTable(lab.name)}`,
    lab: lab.name,
    table: nftTable(lab.name),
    bridge: network.bridge,
    subnet: network.subnet,
    uplink: network.uplink?.name,
    ...(network.ways === undefined ? {} : { ways: network.ways }),
    ...(network.uplink === undefined || namespace !== undefined
      ? {}
      : sourcesOf({ uplink: network.uplink.name, ways: network.ways }, facts.sources)),
    ...(network.uplink === undefined
      ? {}
      : ownResolvers(
          network.resolvers,
          namespace === undefined ? [...facts.addresses, network.address] : [],
        )),
    isolation:
      isolates(lab, facts) && network.uplink !== undefined
        ? {
            networks: localNetworks(lab.sandbox ? [sandbox.network] : facts.localNetworks),
            resolvers: network.resolvers,
            gateway: network.uplink.gateway,
          }
        : undefined,
    hostPorts: lab.network.hostPorts,
    namespace,
  };
}

/** None when the lab has no way out. */
export function forwardingSpecs({ lab, network, namespace, roots }: PlanContext): readonly ForwardingSpec[] {
  if (network.uplink === undefined) return [];
  return [
    {
      kind: 'forwarding',
      id: 'forwarding:uplink',
      lab: lab.name,
      scope: lab.forwarding,
      uplink: network.uplink.name,
      ...(network.ways === undefined ? {} : { ways: network.ways }),
      // A namespace has settings of its own, and so a ledger of its own.
      ledger:
        namespace === undefined ? settingsLedger(roots) : `${labPaths(roots, lab.name).run}/settings.conf`,
      namespace,
    },
  ];
}
