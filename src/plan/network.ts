import { LabnetError } from '../errors.ts';
import { subnetOf } from '../lab/addressing.ts';
import type { Lab } from '../lab/lab.ts';
import { labPaths, type Roots } from '../paths.ts';
import type { HostFacts } from './facts.ts';
import type { PlannedNetwork } from './plan.ts';

/** The stand-in internet: TEST-NET-2 between the sandbox and it, one server in TEST-NET-3 (RFC 5737). */
export const sandbox = {
  uplink: 'eth0',
  address: '198.51.100.2',
  gateway: '198.51.100.1',
  network: '198.51.100.0/24',
  server: '203.0.113.80',
  /** A name that the stand-in's DNS knows. */
  name: 'www.internet.test',
} as const;

/** What is tried outside the sandbox when the lab file names nothing else. */
const defaultTarget = { host: 'www.debian.org', port: 443 };

const ethernetMtu = 1500;

export function planNetwork(
  lab: Lab,
  facts: HostFacts,
  roots: Roots,
): { readonly network: PlannedNetwork; readonly mtu: number; readonly warnings: readonly string[] } {
  const { name: bridge, address, prefix, nat, uplink: wanted, dns, mtu } = lab.network;
  const outside = lab.sandbox
    ? { name: sandbox.uplink, gateway: sandbox.gateway, mtu: ethernetMtu }
    : uplinkOf(wanted, facts);
  const uplink = nat ? outside : undefined;
  const noWay = nat && outside === undefined;
  return {
    network: {
      bridge,
      address,
      prefix,
      subnet: subnetOf(address, prefix),
      resolvers: resolversOf(dns, lab.sandbox ? [sandbox.server] : facts.resolvers, uplink !== undefined),
      uplink,
      target: targetOf(lab),
      namespace: lab.sandbox ? labPaths(roots, lab.name).hostNamespace : undefined,
    },
    mtu: mtu === 'auto' ? (outside?.mtu ?? ethernetMtu) : mtu,
    warnings: noWay
      ? ['this host has no default route: the lab gets no NAT, and its guests no internet']
      : [],
  };
}

function uplinkOf(wanted: string, facts: HostFacts) {
  const found = facts.uplink ?? undefined;
  if (wanted === 'auto' || wanted === found?.name) return found;
  // Another interface than the default route's: its gateway is not known, so none is probed.
  return { name: wanted, gateway: '', mtu: found?.mtu ?? ethernetMtu };
}

function resolversOf(
  dns: Lab['network']['dns'],
  found: readonly string[],
  needed: boolean,
): readonly string[] {
  if (dns !== 'auto') return dns;
  if (found.length === 0 && needed) {
    throw new LabnetError(
      'host-cannot',
      'this host names no resolver that a guest could use (only loopback ones)',
      {
        hint: 'name one in lab.yaml: networks: [{name: br0, dns: [192.0.2.53]}]',
      },
    );
  }
  return found;
}

function targetOf(lab: Lab): { host: string; port: number } {
  if (lab.probeTarget !== undefined) {
    const colon = lab.probeTarget.lastIndexOf(':');
    return { host: lab.probeTarget.slice(0, colon), port: Number(lab.probeTarget.slice(colon + 1)) };
  }
  return lab.sandbox ? { host: sandbox.name, port: 80 } : defaultTarget;
}
