/** A plan whose VMs do not all run with the accelerator that was found to work. */
import type { MachineSpec } from '../resource/machine.ts';
import { mapSpecs, type Plan } from './plan.ts';

/** The same machine, emulated. */
export function underTcg(machine: MachineSpec): MachineSpec {
  return { ...machine, kvmGroup: undefined, command: { ...machine.command, accelerator: 'tcg' } };
}

/** The machine of a VM. */
export function machineOf(vm: string, plan: Plan): MachineSpec {
  for (const { specs } of plan.stages) {
    for (const spec of specs) if (spec.kind === 'machine' && spec.vm === vm) return spec;
  }
  throw new Error(`the plan has no machine ${vm}`);
}

/** The plan with this machine in the place of the VM's own. */
export function withMachine(plan: Plan, machine: MachineSpec): Plan {
  const { accelerator } = machine.command;
  return {
    ...mapSpecs(plan, (spec) => (spec.id === machine.id ? machine : spec)),
    guests: plan.guests.map((guest) => (guest.name === machine.vm ? { ...guest, accelerator } : guest)),
  };
}
