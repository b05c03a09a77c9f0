import type { Lab, Vm } from '../lab/lab.ts';
import type { Roots } from '../paths.ts';
import type { HostFacts } from './facts.ts';
import type { Guest, PlannedNetwork } from './plan.ts';

/** All that a plan is made from: the same input gives the same plan, on any host, at any time. */
export interface PlanInput {
  readonly lab: Lab;
  readonly facts: HostFacts;
  readonly roots: Roots;
  /** Seconds since 1970 for the dates in the seeds: SOURCE_DATE_EPOCH. */
  readonly date: number;
  /** The numbers of VMs by their names, where a lab of this name knows them; left out: the lab is new. */
  readonly numbers?: ReadonlyMap<string, number> | undefined;
}

/** What the builders of specs share: the input, and what has been settled from it. */
export interface PlanContext extends Omit<PlanInput, 'numbers'> {
  readonly network: PlannedNetwork;
  /** See Plan.namespace. */
  readonly namespace: string | undefined;
  readonly mtu: number;
  readonly guests: readonly Guest[];
}

/** The guest that a VM becomes. */
export function guestFor(vm: Vm, { guests }: PlanContext): Guest {
  const guest = guests.find(({ name }) => name === vm.name);
  if (guest === undefined) throw new Error(`no guest for ${vm.name}`);
  return guest;
}
