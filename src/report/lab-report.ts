import type { Plan } from '../plan/plan.ts';
import type { Verification } from '../verify/probe.ts';

/** The object that provision and verify print with --json. */
export interface LabReport {
  readonly ok: boolean;
  readonly lab: string;
  readonly vms: readonly VmReport[];
  readonly verify: Verification;
  /** Milliseconds by step; `total` is all of it. */
  readonly timings: Readonly<Record<string, number>>;
}

export interface VmReport {
  readonly name: string;
  readonly address: string;
  readonly mac: string;
  readonly state: 'running' | 'stopped';
  readonly accelerator: 'kvm' | 'tcg';
  /** Milliseconds from the start of waiting to each phase of the boot; absent when this run booted nothing. */
  readonly boot?: Readonly<Record<string, number>>;
}

export interface Findings {
  readonly verification: Verification;
  readonly timings: Readonly<Record<string, number>>;
  readonly boots?: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** VMs whose QEMU does not run. */
  readonly stopped?: ReadonlySet<string>;
}

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
