/** What a provision knows. */

import type { Lock } from '../host/lock.ts';
import type { StoredImage } from '../image/stored-image.ts';
import { fromSaved } from '../kept/saved-lab.ts';
import type { Plan } from '../plan/plan.ts';
import type { Verification } from '../verify/probe.ts';
import type { BootPhases } from './boot-tasks.ts';
import type { StatePlace } from './saved-state.ts';
import { type Template, withClones } from './templates.ts';

/** What the steps of one run find out, each for the next. */
export interface Found {
  image?: StoredImage;
  accelerator?: { readonly accelerator: 'kvm' | 'tcg'; readonly reason: string };
  plan?: Plan;
  /** Of a lab that is not there yet: where its state is kept. */
  state?: StatePlace;
  /** What VMs that start for the first time are cloned from. */
  templates?: readonly Template[];
  verification?: Verification;
  /** Held from the look at the host to the end of the changes, so that two labs do not take the same thing. */
  hostLock?: Lock | undefined;
  readonly boots: Map<string, BootPhases>;
  readonly timings: Record<string, number>;
}

/** The plan as it is performed: what is kept of this lab is taken from there. */
export function toMake(found: Found): Plan {
  const plan = known(found, 'plan');
  if (found.state?.there === true) return fromSaved(plan, found.state.directory);
  return withClones(plan, found.templates ?? []);
}

export async function releaseHostLock(found: Found): Promise<void> {
  await found.hostLock?.release();
  found.hostLock = undefined;
}

/** What earlier steps have found; that they ran is the order of the story. */
export function known<K extends keyof Found>(found: Found, key: K): NonNullable<Found[K]> {
  const value = found[key];
  if (value === undefined || value === null) throw new Error(`${key} is not known yet`);
  return value;
}
