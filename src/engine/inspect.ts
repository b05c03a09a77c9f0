import type { Host } from '../host/host.ts';
import { type ResourceSpec, typeOf } from '../resource/index.ts';
import type { Presence } from '../resource/resource-type.ts';
import type { Journal } from './journal.ts';
import { sideBySide } from './side-by-side.ts';

/** A resource, and what it is at this moment. */
export interface Inspected {
  readonly spec: ResourceSpec;
  readonly presence: Presence;
}

/**
 * What a resource is at this moment, compared with what was recorded of it. An intent of this boot that has not been
 * closed makes half-made things ours.
 *
 * @param options `anew`: the resource was set right just now, so what was recorded is no measure
 */
export async function inspectOne(
  spec: ResourceSpec,
  journal: Journal,
  host: Host,
  { anew = false } = {},
): Promise<Presence> {
  const entry = journal.find(spec.id);
  const openIntent =
    entry !== undefined && entry.record === undefined && entry.boot === (await host.bootId());
  const presence = await typeOf(spec).inspect(spec, {
    host,
    openIntent,
    record: anew ? undefined : entry?.record,
  });
  if (presence.state !== 'ours' && presence.state !== 'drifted') return presence;
  // A file or a process of that name exists, but no journal of ours says that we made it.
  if (entry === undefined)
    return { state: 'foreign', evidence: `${spec.id} exists, and the journal does not know it` };
  return presence;
}

/** Inspects all of the resources, several at a time, in the order given. */
export async function inspectAll(
  specs: readonly ResourceSpec[],
  journal: Journal,
  host: Host,
): Promise<readonly Inspected[]> {
  return sideBySide(specs, async (spec) => ({ spec, presence: await inspectOne(spec, journal, host) }));
}
