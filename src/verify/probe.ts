import type { Output } from '../report/output.ts';

/** What came of all probes of a lab. */
export type Verification = Output<'verify'>['verify'];

/** One check of the running lab and what came of it. */
export type Probe = Omit<Verification['probes'][number], 'by'>;

/** The probes of what this host sees by itself; all others are by a guest's own word. */
const seenByHost: readonly string[] = ['host-guest', 'ssh'];

/** The verification that some probes make: it is good when none of them failed. */
export function verification(probes: readonly Probe[]): Verification {
  return {
    ok: probes.every(({ status }) => status !== 'failed'),
    probes: probes.map((probe) => ({ ...probe, by: seenByHost.includes(probe.id) ? 'host' : 'guest' })),
  };
}
