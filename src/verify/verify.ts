import { processOf } from '../action/stop-process.ts';
import { sideBySide } from '../engine/side-by-side.ts';
import type { Host } from '../host/host.ts';
import { readReversePathDrops } from '../observe/reverse-path.ts';
import type { Roots } from '../paths.ts';
import type { Plan } from '../plan/plan.ts';
import { type Probe, type Verification, verification } from './probe.ts';
import { proveGuest } from './prove-guest.ts';

/** What checking a lab needs besides its plan. */
export interface VerifyOptions {
  readonly host: Host;
  readonly roots: Roots;
  readonly signal?: AbortSignal | undefined;
  /** The names of the VMs that go on from a saved state. */
  readonly restored?: ReadonlySet<string> | undefined;
  /** Whether the VMs have just been started: one that restarts as it was told is waited for. */
  readonly booted?: boolean | undefined;
  /** Is told what is waited for, where it takes long. */
  readonly onWait?: ((what: string) => void) | undefined;
}

/** Checks every promise of a lab, from the host and from inside each guest, the guests side by side. */
export async function verifyLab(plan: Plan, options: VerifyOptions): Promise<Verification> {
  const { host, restored, booted = false, signal = new AbortController().signal } = options;
  const {
    namespace,
    network: { uplink },
  } = plan;
  const before = await readReversePathDrops(host, namespace);
  const processes = await host.processes();
  const proved = await sideBySide(plan.guests, (guest) =>
    proveGuest(guest, plan, {
      ...options,
      signal,
      booted,
      restored: restored?.has(guest.name) === true,
      pid: processOf(guest, processes)?.pid,
    }),
  );
  const probes = proved.flat();
  const dropped = (await readReversePathDrops(host, namespace)) - before;
  return verification(dropped > 0 ? probes.map((probe) => withReversePath(probe, uplink?.name)) : probes);
}

/** A probe with what explains a way out that seems dead: answers that the kernel has dropped meanwhile. */
function withReversePath(probe: Probe, uplink: string | undefined): Probe {
  if (probe.status !== 'failed' || !probe.id.startsWith('internet-')) return probe;
  const reason = `${probe.reason}; meanwhile strict reverse path filtering has dropped packets (rp_filter of ${uplink})`;
  return { ...probe, reason };
}
