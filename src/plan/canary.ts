import { isIPv4 } from 'node:net';
import { canaryPort, nftTable } from '../lab/naming.ts';
import { labPaths } from '../paths.ts';
import type { PlanContext } from './context.ts';
import type { Canary, CanaryTry } from './plan.ts';

/** More than any buffer on the way holds: only what really passes can take it all. */
const bytes = 100_000;

/** The canary of a lab: it has the address and the MAC of the first VM, which is not up yet. */
export function canaryOf(context: PlanContext): Canary {
  const { lab, roots, network, namespace, mtu, guests } = context;
  const [first] = guests;
  if (first === undefined) throw new Error('a lab without a VM');
  const path = labPaths(roots, lab.name).canaryNamespace;
  const { bridge, address, prefix } = network;
  return {
    specs: [
      {
        kind: 'namespace',
        id: 'namespace:canary',
        path,
        purpose: `stands in for ${first.name} while the way out is tried`,
      },
      {
        kind: 'canary',
        id: `canary:${bridge}`,
        lab: lab.name,
        port: canaryPort(lab.name),
        bridge,
        mtu,
        namespace,
        guest: {
          namespace: path,
          mac: first.mac,
          address: `${first.address}/${prefix}`,
          gateway: address,
        },
      },
    ],
    namespace: path,
    tries: triesOf(context),
    trace: {
      kind: 'trace',
      id: `trace:${bridge}`,
      lab: lab.name,
      table: `${nftTable(lab.name)}_trace`,
      bridge,
      address: first.address,
      namespace,
    },
  };
}

/** How many times longer a try may take before a host is blamed for what nobody has seen. */
const patiently = 4;

/** One answer within a second on a usual PC, asked for five times in it. */
function ping(address: string, pace: number): readonly string[] {
  return ['ping', '-n', '-q', '-c', '1', '-i', '0.2', '-w', String(Math.ceil(pace)), address];
}

function triesOf({ lab, facts, network }: PlanContext): readonly CanaryTry[] {
  const { uplink, address, target, resolvers, byTcp = false } = network;
  const data = lab.sandbox ? bytes : 0;
  const asked = [...(byTcp ? ['tcp'] : []), ...resolvers.filter((one) => isIPv4(one))];
  const outside = [target.host, String(target.port), String(data), ...asked];
  const reach = (pace: number) => [...facts.program, 'reach', String(pace), ...outside];
  const one = (to: CanaryTry['to'], argv: (pace: number) => readonly string[]): CanaryTry => ({
    to,
    argv: argv(facts.pace),
    patient: argv(facts.pace * patiently),
  });
  if (uplink === undefined) return [one('host', (pace) => ping(address, pace))];
  return [
    one('host', (pace) => ping(address, pace)),
    // A point-to-point uplink, as of a VPN, has none.
    ...(uplink.gateway === '' ? [] : [one('gateway', (pace) => ping(uplink.gateway, pace))]),
    one('outside', reach),
  ];
}
