import { type PerformContext, perform } from '../action/perform.ts';
import { LabnetError, throwIfInterrupted } from '../errors.ts';
import { type ResourceSpec, typeOf } from '../resource/index.ts';
import { inspectOne } from './inspect.ts';
import type { Journal } from './journal.ts';

/** What one run works with. */
export interface RunContext extends PerformContext {
  readonly journal: Journal;
  /** Whether what is made again keeps its place in the journal, since all that came after it still stands. */
  readonly keepsPlace?: boolean;
}

/** What came of one resource: made now, or there already. */
export type Applied = 'made' | 'there';

/**
 * Makes one resource: intent, journal, actions, a look at the host, journal. Done means seen.
 *
 * @throws LabnetError foreign when something that is not ours has the name; failed when it has drifted, or is not
 *   there after its actions.
 */
export async function applyOne(spec: ResourceSpec, context: RunContext): Promise<Applied> {
  const { host, journal, signal } = context;
  throwIfInterrupted(signal);
  const type = typeOf(spec);
  if (spec.kind === 'unknown') {
    throw new LabnetError('failed', `${spec.id} ${type.why(spec)}, which this one cannot make`, {
      hint: 'use that labnet; or sudo labnet destroy, then provision again',
    });
  }
  const before = await inspectOne(spec, journal, host);
  const recorded = journal.find(spec.id)?.record;
  if (before.state === 'ours' && recorded !== undefined) {
    // An older labnet has recorded less than this one looks at.
    const isMore = Object.keys(before.record).some((key) => !Object.hasOwn(recorded, key));
    if (isMore) await journal.done(spec.id, before.record);
    return 'there';
  }
  if (before.state === 'foreign') throw foreign(spec, before.evidence);
  if (before.state === 'drifted' && recorded !== undefined) {
    throw new LabnetError('failed', `${spec.id} is not as labnet made it: ${before.differences.join('; ')}`, {
      hint: 'sudo labnet repair sets right what can be; otherwise sudo labnet destroy, then provision again',
    });
  }
  // Half made by a run that was killed: unmake it, so that creation starts from nothing.
  if (before.state !== 'absent') await removeHalf(spec, context);
  const boot = await host.bootId();
  await journal.intend({ id: spec.id, boot, spec, removal: type.remove(spec) }, context.keepsPlace);
  for (const action of type.create(spec)) {
    throwIfInterrupted(signal);
    await perform(action, context);
  }
  const after = await inspectOne(spec, journal, host);
  if (after.state !== 'ours') throw notSeen(spec, after);
  await journal.done(spec.id, after.record);
  return 'made';
}

async function removeHalf(spec: ResourceSpec, context: RunContext): Promise<void> {
  for (const action of context.journal.find(spec.id)?.removal ?? []) {
    await perform(action, { ...context, signal: undefined }).catch(() => {});
  }
}

/** The error for something that labnet did not make and that has the name of a resource. */
export function foreign(spec: ResourceSpec, evidence: string): LabnetError {
  return new LabnetError('foreign', `${evidence} (needed: ${spec.id})`, {
    hint: 'labnet neither uses nor removes what it did not make: choose another name in lab.yaml (networks: [{name: br6, taps: six}]), or remove it yourself',
  });
}

function notSeen(spec: ResourceSpec, after: { state: string; differences?: readonly string[] }): LabnetError {
  const seen = after.differences?.join('; ') ?? after.state;
  return new LabnetError('failed', `${spec.id}: its commands succeeded, but the host shows: ${seen}`);
}
