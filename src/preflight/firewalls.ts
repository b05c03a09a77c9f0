/** Whether the firewalls of other programs let a lab's packets pass, told before anything is changed. */
import type { Host } from '../host/host.ts';
import { holdsNamespace, readIn } from '../host/namespace.ts';
import { isAddress } from '../lab/addressing.ts';
import { withDockerAccepts } from '../netfilter/docker.ts';
import { type LabTraffic, labPackets } from '../netfilter/lab-packets.ts';
import { readRuleset } from '../netfilter/read-ruleset.ts';
import { ownerOf, remedyOf, stopWithOwner } from '../netfilter/remedy.ts';
import type { Ruleset } from '../netfilter/ruleset.ts';
import { stopsOf } from '../netfilter/walk.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { type Finding, refuse } from './finding.ts';

/** Something on the host that stops a lab's packets. */
export interface FirewallFinding extends Finding {
  /** Whose rules they are: "docker", "ufw", "firewalld", or the table's name. */
  readonly owner: string;
}

/**
 * Refuses a host on which another program's firewall stops the lab's packets.
 *
 * @param rules the host's own, where they have been read already
 * @throws LabnetError host-cannot, with the commands that let the lab's packets pass
 */
export async function refuseFirewalls(plan: Plan, host: Host, rules?: Promise<Ruleset>): Promise<void> {
  const found = await firewallFindings(plan, host, { asPlanned: true, rules });
  refuse(found, "another firewall on this host stops the lab's packets:");
}

/**
 * What stops the packets of a lab for certain.
 *
 * @param asPlanned count the rules that the plan will add; otherwise what is there alone
 * @param rules the host's own, where they have been read already
 */
export async function firewallFindings(
  plan: Plan,
  host: Host,
  { asPlanned, rules }: { readonly asPlanned: boolean; readonly rules?: Promise<Ruleset> | undefined },
): Promise<readonly FirewallFinding[]> {
  const {
    namespace,
    network: { bridge },
  } = plan;
  if (!(await holdsNamespace(namespace, host))) return [];
  const ruleset = await ((namespace === undefined ? rules : undefined) ?? readRuleset(host, namespace));
  const adds = asPlanned && specsOf(plan).some(({ kind }) => kind === 'docker-user');
  const traffic = trafficOf(plan, await readBridgeNetfilter(host, namespace));
  return firewallFindingsIn(adds ? withDockerAccepts(ruleset, bridge) : ruleset, traffic);
}

/** What in these rules stops packets of this traffic. */
export function firewallFindingsIn(ruleset: Ruleset, traffic: LabTraffic): readonly FirewallFinding[] {
  // Each lab's own rules are compared with its plan, and match no other lab's packets.
  const others = ruleset.filter(({ table }) => !table.startsWith('labnet_'));
  return labPackets(traffic).flatMap((packet) =>
    stopsOf(packet, others).map((stop) => {
      const owner = ownerOf(stop, others) ?? stop.base.table;
      return {
        owner,
        id: `firewall-${owner}`,
        level: 'problem',
        message: `${stopWithOwner(stop, others)} stops what goes ${packet.name}`,
        remedy: remedyOf(stop, traffic.bridge, others, packet),
      };
    }),
  );
}

/** An address that is nobody's (RFC 5737), for a target that is known by name alone. */
export const somewhere = '203.0.113.80';

function trafficOf(plan: Plan, bridgeNetfilter: boolean): LabTraffic {
  const { bridge, uplink, target, address } = plan.network;
  const ports = specsOf(plan).flatMap((spec) => (spec.kind === 'firewall' ? (spec.hostPorts ?? []) : []));
  const taps = new Map(specsOf(plan).flatMap((spec) => (spec.kind === 'tap' ? [[spec.vm, spec.name]] : [])));
  return {
    bridge,
    guests: plan.guests.map(({ name, address }) => ({ address, tap: taps.get(name) ?? bridge })),
    uplink: uplink?.name,
    target: { address: isAddress(target.host) ? target.host : somewhere, port: target.port },
    host: { address, ports },
    bridgeNetfilter,
  };
}

/**
 * Whether net.bridge.bridge-nf-call-iptables is on. Docker turns it on; without its module there is no such setting.
 */
export async function readBridgeNetfilter(host: Host, namespace?: string): Promise<boolean> {
  return (await readIn(namespace, '/proc/sys/net/bridge/bridge-nf-call-iptables', host)).trim() === '1';
}
