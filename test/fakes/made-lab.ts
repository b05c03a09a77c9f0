/** A lab in a sandbox, made whole on a memory host: each kind of resource is in it. */

import { openJournal } from '../../src/engine/journal.ts';
import { labPaths } from '../../src/paths.ts';
import { type Plan, specsOf } from '../../src/plan/plan.ts';
import type { Kind, ResourceSpec } from '../../src/resource/index.ts';
import { typeOf } from '../../src/resource/index.ts';
import type { Presence } from '../../src/resource/resource-type.ts';
import { roots } from './facts.ts';
import { newRun, provision } from './lab-run.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { planBesideOthers, planOfSize, planOfUser } from './plans.ts';
import { trappedWorld } from './trapped-world.ts';
import type { World } from './world.ts';

const sandbox = planOfSize(1, true);
const beside = planBesideOthers();
const users = planOfUser();

/** With what is made besides: for NetworkManager, for Docker, without root, and for the canary. */
const plan: Plan = {
  ...sandbox,
  stages: [
    ...sandbox.stages,
    ...beside.stages.filter(({ title }) => ['NetworkManager', 'Docker'].includes(title)),
    ...users.stages.filter(({ title }) => title === 'Uplink'),
    ...[...sandbox.canary.specs, sandbox.canary.trace].map((spec) => ({ title: spec.id, specs: [spec] })),
  ],
};

export const specs = specsOf(plan);

/** The spec of the plan with this id. */
export function specOf<K extends Kind>(kind: K, name: string): Extract<ResourceSpec, { kind: K }> {
  const found = specs.find(({ id }) => id === `${kind}:${name}`);
  if (found?.kind !== kind) throw new Error(`the plan has no ${kind}:${name}`);
  return found as Extract<ResourceSpec, { kind: K }>;
}

export async function madeLab(): Promise<World> {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  return world;
}

/** The namespace that stands in for the host's, or the internet's. */
export function namespaceOf(world: World, name: 'host' | 'internet'): NetworkNamespace {
  const found = world.namespaceAt(specOf('namespace', name).path);
  if (found === undefined) throw new Error(`no namespace ${name}`);
  return found;
}

/** As it is now, compared with what the journal has recorded of it, if the lab was made. */
export async function inspect(spec: ResourceSpec, world: World, openIntent = false): Promise<Presence> {
  const host = newRun(world);
  const journal = await openJournal(labPaths(roots, plan.lab).journal, plan.lab, newRun(world));
  return typeOf(spec).inspect(spec, { host, openIntent, record: journal.find(spec.id)?.record });
}
