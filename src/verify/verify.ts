import type { Host } from '../host/host.ts';
import { readReversePathDrops } from '../host/reverse-path.ts';
import type { Roots } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import { guestProbes } from './guest-probes.ts';
import { type Probe, type Verification, verification } from './probe.ts';

export interface VerifyOptions {
  readonly host: Host;
  readonly roots: Roots;
  readonly signal?: AbortSignal | undefined;
  /** VMs whose QEMU does not run: nothing else of them is checked. */
  readonly stopped?: ReadonlySet<string> | undefined;
  /** VMs that go on from a saved state. */
  readonly restored?: ReadonlySet<string> | undefined;
}

/** Every promise of a lab, checked from the host and from inside each guest, all guests at once. */
export async function verifyLab(plan: Plan, options: VerifyOptions): Promise<Verification> {
  const { host } = options;
  const { namespace, uplink } = plan.network;
  const before = await readReversePathDrops(host, namespace);
  const probes = (await Promise.all(plan.guests.map((guest) => verifyGuest(guest, plan, options)))).flat();
  const dropped = (await readReversePathDrops(host, namespace)) - before;
  return verification(dropped > 0 ? probes.map((probe) => withReversePath(probe, uplink?.name)) : probes);
}

/** Answers that the kernel has dropped meanwhile explain a way out that seems dead. */
function withReversePath(probe: Probe, uplink: string | undefined): Probe {
  if (probe.status !== 'failed' || !probe.id.startsWith('internet-')) return probe;
  const reason = `${probe.reason}; meanwhile strict reverse path filtering has dropped packets (rp_filter of ${uplink})`;
  return { ...probe, reason };
}

async function verifyGuest(
  guest: Guest,
  plan: Plan,
  { host, roots, signal, stopped, restored }: VerifyOptions,
): Promise<readonly Probe[]> {
  if (stopped?.has(guest.name)) return [switchedOff(guest)];
  const reach = await pingFromHost(guest, plan, host, signal);
  const answers = reach.status === 'passed';
  return [
    reach,
    ...(await guestProbes(guest, plan, {
      host,
      roots,
      signal,
      answers,
      restored: restored?.has(guest.name),
    })),
  ];
}

function switchedOff({ name }: Guest): Probe {
  const reason = `${name} does not run: its QEMU has ended`;
  return { id: 'host-guest', vm: name, status: 'failed', reason, ms: 0 };
}

/** Seconds on a usual PC in which a guest answers to ping. */
const pingSeconds = 10;

async function pingFromHost(
  guest: Guest,
  plan: Plan,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<Probe> {
  const started = Date.now();
  const seconds = String(Math.ceil(pingSeconds * host.pace));
  const argv = ['ping', '-n', '-q', '-c', '1', '-w', seconds, guest.address];
  const { status } = await host.run(argv, { namespace: plan.network.namespace, accept: [0, 1, 2], signal });
  const passed = status === 0;
  const reason = passed
    ? `${guest.address} answers`
    : `${guest.address} does not answer to ping through ${plan.network.bridge} and its tap`;
  return {
    id: 'host-guest',
    vm: guest.name,
    status: passed ? 'passed' : 'failed',
    reason,
    ms: Date.now() - started,
  };
}
