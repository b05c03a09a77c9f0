import { isIPv4 } from 'node:net';
import type { Host } from '../host/host.ts';
import { contains } from '../lab/addressing.ts';
import { readRuleset } from '../netfilter/read-ruleset.ts';
import { ownerOf, remedyOf } from '../netfilter/remedy.ts';
import type { Ruleset, Stop } from '../netfilter/ruleset.ts';
import type { Traced } from '../netfilter/trace-lines.ts';
import { linksOf } from '../plan/guest-route.ts';
import { goesOutside, type Plan, specsOf } from '../plan/plan.ts';
import { firewallFindings } from '../preflight/firewalls.ts';
import { lastChains } from '../resource/trace.ts';
import { type Reason, stopped, type Tried } from './outcome.ts';
import { routingOf } from './routing.ts';

/** What was tried, and what was seen of the packets. */
export interface Evidence {
  readonly plan: Plan;
  readonly tried: readonly Tried[];
  readonly traced: readonly Traced[];
  readonly reversePathDrops: number;
}

/**
 * Tells what was stopped on this host from what was sent out and not answered: a classroom may have no internet.
 *
 * @returns a warning for each try that was not answered
 * @throws LabnetError host-cannot when this host stops packets, with the rule and what lets them pass
 * @throws Unseen when they should have been answered, and nothing tells why they were not
 */
export async function judge(evidence: Evidence, host: Host): Promise<readonly string[]> {
  const { plan, traced, tried } = evidence;
  // A resolver that answers has been reached, whatever it says; this host's own may be one.
  const isToldOff = ({ id, saidNo }: Tried) => id === 'name' && saidNo === true;
  refuseMuteHost(tried, plan);
  const warnings = tried.filter(isToldOff).map(({ reason }) => reason);
  const failed = tried.filter((one) => !one.ok && !isToldOff(one));
  if (failed.length === 0) return warnings;
  // What answers late may be dropped as well, such as the rest of a connection that nobody waits for any longer.
  const drops = traced.filter(
    (packet) => packet.drop !== undefined && failed.some((one) => belongs(packet, one, plan)),
  );
  if (drops.length > 0) throw stopped(failed, await describeDrops(drops, plan, host));
  const silent = failed.filter((one) => wasSent(one, traced, plan));
  if (silent.length < failed.length) throw stopped(failed, await describeOtherwise(evidence, host));
  if (!goesOutside(plan)) throw stopped(failed, standInIsLate);
  if (evidence.reversePathDrops > 0) throw stopped(failed, reversePath(plan));
  return [...warnings, ...silent.map(asWarning)];
}

/**
 * Refuses a host that is its own resolver, but has no program that listens at the address which guests reach.
 *
 * @throws LabnetError host-cannot
 */
function refuseMuteHost(tried: readonly Tried[], plan: Plan): void {
  const mute = tried.filter(({ noResolver }) => noResolver === true);
  const rules = specsOf(plan).find((spec) => spec.kind === 'firewall');
  const own = rules?.ownResolvers ?? [];
  if (mute.length === 0 || own.length === 0) return;
  throw stopped(mute, {
    message: `${own.join(', ')} is this host itself, and what answers its own questions there answers nobody else's`,
    remedy: [
      `networks: [{dns: [ADDRESS]}] names a resolver for the guests; or let the program on this host listen on ${plan.network.bridge}, too`,
    ],
  });
}

function asWarning({ reason, saidNo, noWay }: Tried): string {
  if (noWay === true)
    return `${reason}; the packets left this host: a router beyond it, or the last hop, says so`;
  return `${reason}; the packets left this host, and ${saidNo === true ? 'the refusal came from outside it' : 'nobody answered'}`;
}

/** The failed tries of which no packet was seen. What becomes of a packet that was seen is told to its end. */
export function unexplained(
  tried: readonly Tried[],
  traced: readonly Traced[],
  plan: Plan,
): readonly Tried[] {
  return tried.filter((one) => !one.ok && !traced.some((packet) => belongs(packet, one, plan)));
}

/** Whether a packet of this try left the host; false for a try to the host itself. */
function wasSent(one: Tried, traced: readonly Traced[], plan: Plan): boolean {
  const last = `ip ${plan.canary.trace.table} ${lastChains.postrouting}`;
  return (
    one.to !== 'host' && traced.some((packet) => packet.chains.includes(last) && belongs(packet, one, plan))
  );
}

/** Whether a packet is one of this try's, or an answer to one. */
function belongs({ protocol, saddr, daddr, ports }: Traced, { to, id }: Tried, { network }: Plan): boolean {
  if (to !== 'outside') {
    const address = to === 'host' ? network.address : network.uplink?.gateway;
    return protocol === 'icmp' && (daddr === address || saddr === address);
  }
  return id === 'name' ? ports.includes(53) : protocol === 'tcp' && ports.includes(network.target.port);
}

async function describeDrops(packets: readonly Traced[], plan: Plan, host: Host): Promise<Reason> {
  const ruleset = await readRuleset(host, plan.namespace);
  const drops = packets.flatMap(({ drop }) => (drop === undefined ? [] : [drop]));
  const lines = drops.map(({ family, table, chain, rule }) => `${family} ${table} ${chain}: ${rule}`);
  const stops = packets.flatMap((packet) => stopFor(packet, ruleset));
  if (drops.some(({ table }) => table.startsWith('labnet_'))) return ownRule(packets, plan);
  const owners = [...new Set(stops.map((stop) => ownerOf(stop, ruleset) ?? ''))].filter(
    (name) => name !== '',
  );
  const whose = owners.length === 0 ? '' : ` (${owners.join(', ')})`;
  return {
    message: `stopped on this host by ${[...new Set(lines)].join(', and by ')}${whose}`,
    remedy: [...new Set(stops.flatMap((stop) => remedyOf(stop, plan.network.bridge, ruleset)))],
  };
}

/** The reason where labnet's own rules, made as the lab file asks, keep guests from what is tried. */
function ownRule(packets: readonly Traced[], plan: Plan): Reason {
  const rules = specsOf(plan).find((spec) => spec.kind === 'firewall');
  const dropped = packets.filter(({ drop }) => drop?.table.startsWith('labnet_'));
  const where = [...new Set(dropped.map(({ daddr }) => daddr))];
  const kept = where.filter((address) =>
    rules?.isolation?.networks.some((network) => isIPv4(address) && contains(network, address)),
  );
  if (kept.length > 0) {
    return {
      message: `isolate: lan keeps guests off ${kept.join(', ')}, which lies in a network near this host`,
      remedy: [`verify: {internet: "HOST:PORT"} names another target; or isolate: none`],
    };
  }
  const links = rules === undefined ? [] : linksOf(rules);
  return {
    message: `guests go out only by ${links.join(', ')}, and this host reaches ${where.join(', ')} another way`,
    remedy: [
      `ip route get ${where[0] ?? ''} shows it; networks: [{uplink: auto}] lets guests go by each link that this host goes by`,
    ],
  };
}

/** The chain of a drop, and the base chain by which the packet came to it. */
function stopFor({ chains, drop }: Traced, ruleset: Ruleset): readonly Stop[] {
  if (drop === undefined) return [];
  const { family, table, chain } = drop;
  const find = (name: string) =>
    ruleset.find((one) => one.family === family && one.table === table && one.name === name);
  const passed = chains.slice(0, chains.indexOf(`${family} ${table} ${chain}`) + 1).reverse();
  const base = passed
    .filter((place) => place.startsWith(`${family} ${table} `))
    .map((place) => find(place.split(' ')[2] ?? ''))
    .find((found) => found?.hook !== undefined);
  const found = find(chain);
  return base === undefined || found === undefined ? [] : [{ chain: found, base, rule: undefined }];
}

/** The reason where no rule of nftables drops the packets: iptables-legacy, the way back, or routing itself. */
async function describeOtherwise({ plan, reversePathDrops }: Evidence, host: Host): Promise<Reason> {
  const neighbours = await firewallFindings(plan, host, { asPlanned: true });
  if (neighbours.length > 0) {
    return {
      message: neighbours.map(({ message }) => message).join('\n'),
      remedy: [...new Set(neighbours.flatMap(({ remedy }) => remedy))],
    };
  }
  if (reversePathDrops > 0) return reversePath(plan);
  return {
    message: `its packets end on this host, and no rule of nftables or iptables says why${await routingOf(plan, host)}`,
    remedy: ['ip rule', 'ip route show table all'],
    unseen: true,
  };
}

/** The reason in a sandbox, whose outside is labnet's own and answers sooner or later. */
const standInIsLate: Reason = {
  message: "the packets reach the sandbox's own internet, which has not answered in time",
  remedy: ['this PC may be busy, or slow: sudo labnet provision --patience 3 waits three times as long'],
  unseen: true,
};

function reversePath({ network }: Plan): Reason {
  const uplink = network.uplink?.name ?? network.bridge;
  return {
    message: `strict reverse path filtering (rp_filter) drops the answers that come in by ${uplink}`,
    remedy: [`sudo sysctl -w net.ipv4.conf.${uplink}.rp_filter=2   # loose; ip-sysctl, "rp_filter"`],
  };
}
