import type { Output } from '../report/output.ts';

/** One thing about the host. */
export type HostFinding = Output<'doctor'>['findings'][number];
