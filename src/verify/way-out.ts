/** The probes of a guest's way out: what one that fails says, hop by hop, and what says nothing. */
import { ignoresPing } from '../host/echo.ts';
import type { Host } from '../host/host.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import type { Probe } from './probe.ts';

/** What is checked on the way out, hop by hop, with the hop's name. */
const wayOut = {
  'guest-host': 'from the guest to the bridge',
  'internet-gateway': "through the host's NAT to the uplink's gateway",
  'internet-name': 'to the resolver',
  'internet-tcp': 'to the target',
} as const;

/** A ping that is not answered says nothing of a router beyond which all works, nor of a host that answers none at all. */
export async function withoutMute(
  probes: readonly Probe[],
  { network }: Plan,
  host: Host,
): Promise<readonly Probe[]> {
  const isOpen = probes.some(({ id, status }) => id === 'internet-tcp' && status === 'passed');
  const fails = probes.some(({ id, status }) => id === 'guest-host' && status === 'failed');
  const isMute = fails && (await ignoresPing(host, network.namespace));
  return probes.map((probe): Probe => {
    if (probe.status !== 'failed') return probe;
    if (probe.id === 'internet-gateway' && isOpen)
      return { ...probe, status: 'skipped', reason: `${probe.reason}, but all beyond it is reached` };
    if (probe.id === 'guest-host' && isMute)
      return {
        ...probe,
        status: 'skipped',
        reason: 'this host answers no ping (net.ipv4.icmp_echo_ignore_all)',
      };
    return probe;
  });
}

/** A failing probe on the way out says which hop is the first that fails. */
export function explainWayOut(probes: readonly Probe[]): readonly Probe[] {
  const first = Object.keys(wayOut).find((id) =>
    probes.some((probe) => probe.id === id && probe.status === 'failed'),
  );
  if (first === undefined) return probes;
  const hop = wayOut[first as keyof typeof wayOut];
  return probes.map((probe) =>
    probe.id in wayOut && probe.status === 'failed'
      ? { ...probe, reason: `${probe.reason}; the way ends ${hop}` }
      : probe,
  );
}

/** The probes that a lab without a way out has no use for. */
export function skipped(guest: Guest, { network }: Plan): readonly Probe[] {
  const reason = 'the lab has no NAT: no default route on the host, or nat: false';
  const ids = network.uplink === undefined ? ['internet-gateway', 'internet-name', 'internet-tcp'] : [];
  return ids.map((id) => ({ id, vm: guest.name, status: 'skipped', reason, ms: 0 }));
}
