/** What `labnet doctor` looks at of the host's network: addresses, firewalls, programs that configure links. */

import { readDocker, withDockerAccepts } from '../netfilter/docker.ts';
import { readRuleset } from '../netfilter/read-ruleset.ts';
import { readUplink } from '../observe/facts.ts';
import { readHostNetwork } from '../observe/network.ts';
import type { Finding } from '../preflight/finding.ts';
import { firewallFindingsIn, readBridgeNetfilter, somewhere } from '../preflight/firewalls.ts';
import { clashes, otherSubnet } from '../preflight/subnets.ts';
import { readSurroundings } from '../preflight/surroundings.ts';
import type { Context } from '../runs/context.ts';

const standardSubnet = '192.168.6.0/24';

/** Tells whether the standard subnet of labs is free on this host. */
export async function addresses({ host }: Context): Promise<Finding> {
  const network = await readHostNetwork(host);
  const own = new Set(['br0']);
  const [clash] = clashes({ subnet: standardSubnet, own }, network);
  if (clash === undefined)
    return { id: 'addresses', level: 'good', message: `${standardSubnet} is free on this host`, remedy: [] };
  return {
    id: 'addresses',
    level: 'warning',
    message: clash,
    remedy: [otherSubnet({ own }, network)],
  };
}

/** Tells which firewalls of other programs stop a lab's packets; none do on a user's own host. */
export async function firewalls({ host, uid }: Context): Promise<readonly Finding[]> {
  if (host.ground === 'own') return [];
  const ruleset = await readRuleset(host);
  const uplink = (await readUplink(host))?.name;
  const traffic = { ...standardTraffic, uplink, bridgeNetfilter: await readBridgeNetfilter(host) };
  const met =
    (await readDocker(host, uid, ruleset)) === undefined ? ruleset : withDockerAccepts(ruleset, 'br0');
  const found = firewallFindingsIn(met, traffic);
  if (found.length === 0)
    return [
      { id: 'firewalls', level: 'good', message: 'no other firewall stops the packets of a lab', remedy: [] },
    ];
  return found.map(({ id, message, remedy }) => ({ id, level: 'warning', message, remedy }));
}

/** Tells which other programs would take a lab's links over; none sees those of a user's own host. */
export async function managers({ host }: Context): Promise<readonly Finding[]> {
  if (host.ground === 'own') return [];
  const uplink = (await readUplink(host))?.name;
  const found = await readSurroundings({ bridge: 'br0', taps: ['tap0', 'tap1'], uplink }, host);
  if (found.length === 0)
    return [
      { id: 'managers', level: 'good', message: "no other program takes a lab's links over", remedy: [] },
    ];
  return found.map((finding) => ({ ...finding, level: 'warning' }));
}

/** The traffic of a lab of two VMs, as provision --vms 2 makes it. */
const standardTraffic = {
  bridge: 'br0',
  guests: [
    { tap: 'tap0', address: '192.168.6.1' },
    { tap: 'tap1', address: '192.168.6.2' },
  ],
  target: { address: somewhere, port: 443 },
} as const;
