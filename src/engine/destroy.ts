import { perform } from '../action/perform.ts';
import { messageOf } from '../errors.ts';
import type { RunContext } from './apply.ts';
import { inspectOne } from './inspect.ts';
import type { Entry, Journal } from './journal.ts';

/** What came of undoing one entry. */
export type Undone =
  | { readonly id: string; readonly outcome: 'removed' | 'already gone' }
  | { readonly id: string; readonly outcome: 'left'; readonly reason: string };

/**
 * Unmakes one resource from its journal entry. Missing is success; something foreign in its place is left alone and
 * its entry dropped, since ours is gone; an action that fails is no failure when the resource is seen to be gone.
 * Never throws: destroy goes on with the others and reports all that is left.
 */
export async function undoOne(entry: Entry, context: RunContext): Promise<Undone> {
  const { journal, host } = context;
  const { id, spec } = entry;
  try {
    const before = await inspectOne(spec, journal, host);
    const errors: unknown[] = [];
    if (before.state !== 'foreign') {
      for (const action of entry.removal) {
        // Deaf to signals: what was begun is undone to its end.
        await perform(action, { ...context, signal: undefined }).catch((error) => errors.push(error));
      }
      const after = await inspectOne(spec, journal, host);
      if (after.state === 'ours' || after.state === 'drifted') {
        const [reason = `${id} is still there`] = errors.map(messageOf);
        return { id, outcome: 'left', reason };
      }
    }
    await journal.undone(id);
    return {
      id,
      outcome: before.state === 'ours' || before.state === 'drifted' ? 'removed' : 'already gone',
    };
  } catch (error) {
    return { id, outcome: 'left', reason: messageOf(error) };
  }
}

/**
 * What a run has made or begun to make, the last first; also what it made again, such as the machines after a reboot.
 *
 * @param before the journal's entries when the run began
 */
export function begunSince(before: readonly Entry[], journal: Journal): readonly Entry[] {
  const untouched = new Set(before);
  return undoOrder(journal).filter((entry) => !untouched.has(entry));
}

/** The entries in the order of unmaking: the last made goes first. */
export function undoOrder(journal: Journal): readonly Entry[] {
  return [...journal.entries()].reverse();
}
