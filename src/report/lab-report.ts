import type { Plan } from '../plan/plan.ts';
import type { Output } from './output.ts';

/** The object that provision, verify, reset and restore print with --json. */
export type LabReport = Output<'provision'>;

/** What a run has found out about a lab. */
export interface Findings {
  readonly verification: LabReport['verify'];
  readonly timings: Readonly<Record<string, number>>;
  readonly boots?: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** The VMs whose QEMU does not run. */
  readonly stopped?: ReadonlySet<string>;
}

/** The report of a lab, from its plan and what a run has found out. */
export function labReport(plan: Plan, { verification, timings, boots, stopped }: Findings): LabReport {
  return {
    ok: verification.ok,
    lab: plan.lab,
    vms: plan.guests.map(({ name, address, mac, accelerator }) => {
      const boot = boots?.get(name);
      const state = stopped?.has(name) === true ? 'stopped' : 'running';
      return { name, address, mac, state, accelerator, ...(boot === undefined ? {} : { boot }) };
    }),
    verify: verification,
    timings,
  };
}
