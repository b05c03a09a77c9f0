import type { Output } from '../report/output.ts';

/** What came of all probes. */
export type Verification = Output<'verify'>['verify'];

/** One check of the running lab and what came of it. */
export type Probe = Verification['probes'][number];

export function verification(probes: readonly Probe[]): Verification {
  return { ok: probes.every(({ status }) => status !== 'failed'), probes };
}
