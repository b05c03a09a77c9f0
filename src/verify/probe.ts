import type { Output } from '../report/output.ts';

/** What came of all probes of a lab. */
export type Verification = Output<'verify'>['verify'];

/** One check of the running lab and what came of it. */
export type Probe = Verification['probes'][number];

/** The verification that some probes make: it is good when none of them failed. */
export function verification(probes: readonly Probe[]): Verification {
  return { ok: probes.every(({ status }) => status !== 'failed'), probes };
}
