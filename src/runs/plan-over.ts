/** A lab planned from its file over the one of its name that is on this host: that one's VMs stay as they are. */
import { type Journal, openJournal } from '../engine/journal.ts';
import type { Lab } from '../lab/lab.ts';
import { loadPlan } from '../labs/lab-store.ts';
import { labPaths } from '../paths.ts';
import type { PlanInput } from '../plan/context.ts';
import type { HostFacts } from '../plan/facts.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { planLab } from '../plan/plan-lab.ts';
import { followWayOut } from '../plan/way-out.ts';
import type { Context } from './context.ts';
import { sourceDate } from './source-date.ts';

/**
 * The plan of a lab that was begun before; undefined where none was, or its plan cannot be read and is to be made anew.
 */
export async function priorPlan(
  lab: string,
  journal: Pick<Journal, 'entries'>,
  { host, roots }: Pick<Context, 'host' | 'roots'>,
): Promise<Plan | undefined> {
  if (journal.entries().length === 0) return undefined;
  return loadPlan(lab, host, roots).catch(() => undefined);
}

/** The same of a lab that is not open; undefined also where this user may not look: for him, it is as if it were new. */
export async function readPriorPlan(
  lab: string,
  { host, roots }: Pick<Context, 'host' | 'roots'>,
): Promise<Plan | undefined> {
  try {
    const journal = await openJournal(labPaths(roots, lab).journal, lab, host);
    return await priorPlan(lab, journal, { host, roots });
  } catch {
    return undefined;
  }
}

/**
 * The plan of a lab on this host as it is now.
 *
 * @param prior the plan of the same lab on this host: its VMs keep their numbers, its guests the resolvers and the MTU
 *   that their disks were set up with, and the host's rules follow what has changed; undefined: the lab is new
 */
export function planOver(
  prior: Plan | undefined,
  { lab, facts }: Pick<PlanInput, 'lab' | 'facts'>,
  { roots, env }: Pick<Context, 'roots' | 'env'>,
): Plan {
  const numbers = new Map(prior?.guests.map(({ name, number }) => [name, number]));
  const date = sourceDate(env);
  const plan = planLab({ lab, facts: asSetUp(facts, lab, prior), numbers, roots, date });
  return followWayOut(plan, facts).plan;
}

/** The host's facts, but with the resolvers and the MTU that the guests' disks were set up with. */
function asSetUp(facts: HostFacts, lab: Lab, prior: Plan | undefined): HostFacts {
  const bridge = prior && specsOf(prior).find((spec) => spec.kind === 'bridge');
  if (prior === undefined || bridge === undefined || lab.sandbox || prior.namespace !== undefined)
    return facts;
  const { resolvers, byTcp } = prior.network;
  return {
    ...facts,
    ...(resolvers.length > 0 && { resolvers: [...resolvers], resolversByTcp: byTcp }),
    uplink: facts.uplink && { ...facts.uplink, mtu: bridge.mtu },
  };
}
