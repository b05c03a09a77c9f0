import type { Vm } from '../lab/lab.ts';
import type { Guest, PlannedNetwork } from './plan.ts';
import type { PlanInput } from './plan-lab.ts';

/** What the builders of specs share: the input, and what has been settled from it. */
export interface PlanContext extends PlanInput {
  readonly network: PlannedNetwork;
  readonly mtu: number;
  readonly guests: readonly Guest[];
}

/** The guest that a VM becomes. */
export function guestFor(vm: Vm, { guests }: PlanContext): Guest {
  const guest = guests[vm.index];
  if (guest === undefined) throw new Error(`no guest for ${vm.name}`);
  return guest;
}
