import type { Reached } from '../helpers/reach.ts';
import type { CanaryTry } from '../plan/plan.ts';

/** One thing that the canary has tried: how far it came, or whether a ping was answered. */
export interface Tried extends Omit<Reached, 'id'> {
  readonly to: CanaryTry['to'];
  readonly id: string;
}
