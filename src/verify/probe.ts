/** One check of the running lab and what came of it. */
export interface Probe {
  /** "ping-gateway"; the same for every VM. */
  readonly id: string;
  readonly vm: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** What was seen, or why it failed or was skipped. */
  readonly reason: string;
  readonly ms: number;
}

export interface Verification {
  /** No probe failed. */
  readonly ok: boolean;
  readonly probes: readonly Probe[];
}

export function verification(probes: readonly Probe[]): Verification {
  return { ok: probes.every(({ status }) => status !== 'failed'), probes };
}
