/** What changes in a lab that is up when the host's own way out changes. */
import { perform } from '../action/perform.ts';
import { LabnetError, throwIfInterrupted } from '../errors.ts';
import { linksOf } from '../plan/guest-route.ts';
import { mapSpecs, type Plan, specsOf } from '../plan/plan.ts';
import type { FirewallSpec } from '../resource/firewall.ts';
import { type ResourceSpec, typeOf } from '../resource/index.ts';
import { isSameWish } from '../resource/wish.ts';
import { canonical } from '../text/canonical.ts';
import type { RunContext } from './apply.ts';
import { inspectOne } from './inspect.ts';
import type { Journal } from './journal.ts';

/**
 * Gives a resource that stands another form in place, by the actions its kind has for setting it right: the new form
 * stands in the journal first, and so does its removal, which also removes the old one.
 *
 * @throws LabnetError failed when the host does not show the new form afterwards
 */
export async function reformOne(spec: ResourceSpec, context: RunContext): Promise<void> {
  const { host, journal, signal } = context;
  const entry = journal.find(spec.id);
  if (entry === undefined) return;
  throwIfInterrupted(signal);
  const type = typeOf(spec);
  const boot = await host.bootId();
  await journal.intend({ id: spec.id, boot, spec, removal: type.remove(spec) }, true);
  for (const action of type.repair?.(spec, entry.record ?? {}) ?? []) await perform(action, context);
  const now = await inspectOne(spec, journal, host, { anew: true });
  if (now.state !== 'ours') throw new LabnetError('failed', `${spec.id} did not take its new form`);
  await journal.done(spec.id, now.record);
}

/** The specs of the way out that the journal has in another form than the plan. */
export function toReform(plan: Plan, journal: Journal): readonly ResourceSpec[] {
  return specsOf(plan).filter((spec) => {
    if (spec.kind !== 'firewall' && spec.kind !== 'forwarding') return false;
    const entry = journal.find(spec.id);
    return entry?.record !== undefined && !isSameWish(entry.spec, spec);
  });
}

/** The plan, with the rules and settings of the way out as the journal has them: what a lab that is up goes by. */
export function asInJournal(plan: Plan, journal: Journal): Plan {
  const known = (spec: ResourceSpec): ResourceSpec => {
    const entry = journal.find(spec.id);
    if (spec.kind === 'firewall' && entry?.spec.kind === 'firewall') return entry.spec;
    if (spec.kind === 'forwarding' && entry?.spec.kind === 'forwarding') return entry.spec;
    return spec;
  };
  return mapSpecs(plan, known);
}

/**
 * The plan of a lab that was made in this boot, with the links that its guests go by already, where these
 * include all that it needs: the host may have lost one meanwhile, and get it back.
 */
export function asRouted(plan: Plan, journal: Journal, boot: string): Plan {
  const planned = specsOf(plan).find((spec) => spec.kind === 'firewall');
  const entry = planned && journal.find(planned.id);
  if (planned === undefined || entry?.spec.kind !== 'firewall' || entry.boot !== boot) return plan;
  const known = linksOf(entry.spec);
  const isMore = linksOf(planned).every((name) => known.includes(name));
  return isMore && unrouted(entry.spec) === unrouted(planned) ? asInJournal(plan, journal) : plan;
}

function unrouted(spec: FirewallSpec): string {
  return canonical({ ...spec, uplink: undefined, ways: undefined });
}
