import type { Host } from '../host/host.ts';
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
}

/** Every promise of a lab, checked from the host and from inside each guest, all guests at once. */
export async function verifyLab(plan: Plan, options: VerifyOptions): Promise<Verification> {
  const probes = await Promise.all(plan.guests.map((guest) => verifyGuest(guest, plan, options)));
  return verification(probes.flat());
}

async function verifyGuest(
  guest: Guest,
  plan: Plan,
  { host, roots, signal, stopped }: VerifyOptions,
): Promise<readonly Probe[]> {
  if (stopped?.has(guest.name)) return [switchedOff(guest)];
  const reach = await pingFromHost(guest, plan, host, signal);
  const answers = reach.status === 'passed';
  return [reach, ...(await guestProbes(guest, plan, { host, roots, signal, answers }))];
}

function switchedOff({ name }: Guest): Probe {
  const reason = `${name} does not run: its QEMU has ended`;
  return { id: 'host-guest', vm: name, status: 'failed', reason, ms: 0 };
}

async function pingFromHost(
  guest: Guest,
  plan: Plan,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<Probe> {
  const started = Date.now();
  const argv = ['ping', '-n', '-q', '-c', '1', '-w', '10', guest.address];
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
