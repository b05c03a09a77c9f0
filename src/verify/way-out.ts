/** The probes of a guest's way out: what one that fails says, hop by hop, and what says nothing. */
import { nameToAsk } from '../checks/planned.ts';
import type { Host } from '../host/host.ts';
import { readUplink } from '../observe/facts.ts';
import { ignoresPing, isMute } from '../observe/ping.ts';
import { type Guest, goesOutside, type Plan, specsOf } from '../plan/plan.ts';
import type { Probe } from './probe.ts';

/** The parts of the way out, hop by hop: the probe that checks each, and the hop in words. */
const wayOut = {
  'guest-host': 'from the guest to the bridge',
  'internet-gateway': "through the host's NAT to the uplink's gateway",
  'internet-name': 'to the resolver',
  'internet-tcp': 'to the target',
} as const;

/**
 * The probes, with those skipped that say nothing: a ping that is not answered says nothing where something beyond is
 * reached, nor of a host that answers none at all, nor of a router that is there and answers nobody. A resolver that is
 * this host itself is not beyond it.
 */
export async function withoutMute(
  probes: readonly Probe[],
  plan: Plan,
  host: Host,
): Promise<readonly Probe[]> {
  const { network, namespace } = plan;
  const own = specsOf(plan).flatMap((spec) => (spec.kind === 'firewall' ? (spec.ownResolvers ?? []) : []));
  const beyond = own.length > 0 ? ['internet-tcp'] : ['internet-tcp', 'internet-name'];
  const isOpen = probes.some(({ id, status }) => beyond.includes(id) && status === 'passed');
  const fails = probes.some(({ id, status }) => id === 'guest-host' && status === 'failed');
  const isHostMute = fails && (await ignoresPing(host, namespace));
  const router = network.uplink?.gateway ?? '';
  const asks =
    !isOpen && !fails && probes.some(({ id, status }) => id === 'internet-gateway' && status === 'failed');
  const isRouterMute = asks && (await isMute(router, host, namespace));
  return probes.map((probe): Probe => {
    if (probe.status !== 'failed') return probe;
    if (probe.id === 'guest-host' && isHostMute)
      return {
        ...probe,
        status: 'skipped',
        reason: 'this host answers no ping (net.ipv4.icmp_echo_ignore_all)',
      };
    if (probe.id === 'internet-gateway' && isRouterMute)
      return {
        ...probe,
        status: 'skipped',
        reason: `${probe.reason}, but it answers this host no more than its guests, and is there: it has told its hardware address`,
      };
    if ((probe.id === 'internet-gateway' || probe.id === 'guest-host') && isOpen)
      return { ...probe, status: 'skipped', reason: `${probe.reason}, but what is beyond it is reached` };
    return probe;
  });
}

/** The probes with what is known of those that fail on the way out: where it ends, and what says nothing. */
export async function explained(probes: readonly Probe[], plan: Plan, host: Host): Promise<readonly Probe[]> {
  const told = await withoutMute(probes, plan, host);
  return (await hasNoWay(told, plan, host)) ? told.map(withoutWay) : explainWayOut(told);
}

const isOutside = ({ id, status }: Probe) => status === 'failed' && id.startsWith('internet-');

/** Whether guests cannot get out since this host itself cannot, as a laptop that has gone offline. */
async function hasNoWay(probes: readonly Probe[], plan: Plan, host: Host): Promise<boolean> {
  const isAsked = plan.network.uplink !== undefined && goesOutside(plan);
  const isInside = probes.some(({ id, status }) => id === 'guest-host' && status === 'failed');
  return isAsked && !isInside && probes.some(isOutside) && (await readUplink(host)) === undefined;
}

function withoutWay(probe: Probe): Probe {
  if (!isOutside(probe)) return probe;
  return { ...probe, reason: `${probe.reason}; this host itself has no way out now (ip route)` };
}

/** The probes, each that fails on the way out saying which hop is the first that fails. */
export function explainWayOut(probes: readonly Probe[]): readonly Probe[] {
  const first = Object.keys(wayOut).find((id) =>
    probes.some((probe) => probe.id === id && probe.status === 'failed'),
  );
  if (first === undefined) return probes;
  const hop = wayOut[first as keyof typeof wayOut];
  return probes.map((probe) =>
    probe.id in wayOut && probe.status === 'failed'
      ? { ...probe, reason: `${probe.reason}; the first part of the way that fails is the one ${hop}` }
      : probe,
  );
}

/** The probes of the way out that would prove nothing, each with the reason why it was not run. */
export function skipped(guest: Guest, { network }: Plan): readonly Probe[] {
  const skip = (reason: string, ...ids: readonly string[]) =>
    ids.map((id): Probe => ({ id, vm: guest.name, status: 'skipped', reason, ms: 0 }));
  if (network.uplink === undefined)
    return skip(
      'the lab has no NAT: no default route on the host, or nat: false',
      ...['internet-gateway', 'internet-name', 'internet-tcp'],
    );
  if (nameToAsk(network) !== '') return [];
  return skip(`the target ${network.target.host} is an address: no resolver was asked`, 'internet-name');
}
