import { perform } from '../action/perform.ts';
import { LabnetError, messageOf, throwIfInterrupted } from '../errors.ts';
import { type ResourceSpec, typeOf } from '../resource/index.ts';
import { applyOne, type RunContext } from './apply.ts';
import { inspectOne } from './inspect.ts';

/** What came of the repair of one resource. */
export type Repaired =
  | { readonly id: string; readonly outcome: 'nothing to do' }
  /** `found`: what was wrong with it. */
  | { readonly id: string; readonly outcome: 'repaired'; readonly found: string }
  | {
      readonly id: string;
      readonly outcome: 'not repaired';
      readonly reason: string;
      readonly hint?: string | undefined;
    };

/**
 * Sets one resource right: what has drifted by the actions its kind has for that; what is absent, half made or taken
 * away by these is made by `applyOne`, whose intent stands in the journal first. At no moment is there anything that
 * the journal's removal does not undo, so a run that is killed leaves a lab that repair and destroy both know.
 *
 * @throws LabnetError foreign or interrupted; all else that is in the way is told, and the others go on
 */
export async function repairOne(spec: ResourceSpec, context: RunContext): Promise<Repaired> {
  const { id } = spec;
  try {
    const found = await setRight(spec, context);
    return found === undefined ? { id, outcome: 'nothing to do' } : { id, outcome: 'repaired', found };
  } catch (error) {
    if (!(error instanceof LabnetError)) return { id, outcome: 'not repaired', reason: messageOf(error) };
    if (error.code === 'foreign' || error.code === 'interrupted') throw error;
    return { id, outcome: 'not repaired', reason: error.message, hint: error.hint };
  }
}

/** Sets one resource right. Resolves to what was wrong with it; undefined when nothing was. */
async function setRight(spec: ResourceSpec, context: RunContext): Promise<string | undefined> {
  const { host, journal, signal } = context;
  const type = typeOf(spec);
  const before = await inspectOne(spec, journal, host);
  const isWhole = journal.find(spec.id)?.record !== undefined;
  if (isWhole && before.state === 'absent' && type.loss !== undefined) {
    throw new LabnetError('failed', `${spec.id} is gone, and with it ${type.loss}`, {
      hint: 'sudo labnet destroy, then provision again',
    });
  }
  if (isWhole && before.state === 'drifted') {
    const actions = type.repair?.(spec, before.record) ?? [];
    for (const action of actions) {
      throwIfInterrupted(signal);
      await perform(action, context);
    }
    if (actions.length > 0) {
      // It is set right: later looks compare with how it is now.
      const now = await inspectOne(spec, journal, host, { anew: true });
      if (now.state === 'ours') await journal.done(spec.id, now.record);
    }
  }
  const applied = await applyOne(spec, { ...context, keepsPlace: true });
  if (before.state === 'drifted') return before.differences.join('; ');
  return applied === 'made' ? 'it was gone' : undefined;
}
