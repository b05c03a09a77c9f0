import { type Action, deeds } from '../action/action.ts';
import { perform } from '../action/perform.ts';
import { LabnetError, messageOf } from '../errors.ts';
import { rankOf } from '../resource/rank.ts';
import type { Presence } from '../resource/resource-type.ts';
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
      for (const action of await removalOf(entry, host)) {
        // Deaf to signals: what was begun is undone to its end.
        await perform(action, { ...context, signal: undefined }).catch((error) => errors.push(error));
      }
      const after = await inspectOne(spec, journal, host);
      // What cannot be looked at has gone when nothing of its removal has failed.
      const isGone = spec.kind === 'unknown' ? errors.length === 0 : !isOurs(after);
      if (!isGone) {
        const [reason = `${id} is still there`] = errors.map(messageOf);
        return { id, outcome: 'left', reason };
      }
    }
    await journal.undone(id);
    return {
      id,
      outcome: isOurs(before) ? 'removed' : 'already gone',
    };
  } catch (error) {
    return { id, outcome: 'left', reason: messageOf(error) };
  }
}

const isOurs = ({ state }: Presence) => state === 'ours' || state === 'drifted';

/**
 * The actions that remove a resource, as they were recorded when it was made. A resource that cannot be looked at and
 * is of an earlier boot has lost what commands made in the kernel; its name may be somebody else's by now, so only its
 * files and its processes go.
 *
 * @throws LabnetError failed for a kind of action that only another labnet knows
 */
async function removalOf(
  { spec, boot, removal }: Entry,
  host: Pick<RunContext['host'], 'bootId'>,
): Promise<readonly Action[]> {
  const strange = removal.find(({ do: deed }) => !deeds.includes(deed));
  if (strange !== undefined) {
    throw new LabnetError(
      'failed',
      `another labnet removes it by "${strange.do}", which this one does not know: use that one`,
    );
  }
  if (spec.kind !== 'unknown' || boot === (await host.bootId())) return removal;
  return removal.filter(({ do: deed }) => deed !== 'run');
}

/**
 * The entries of what a run has made or begun to make, the last first; also of what it made again, as after a reboot.
 *
 * @param before the journal's entries when the run began
 */
export function begunSince(before: readonly Entry[], journal: Journal): readonly Entry[] {
  const untouched = new Set(before);
  return undoOrder(journal).filter((entry) => !untouched.has(entry));
}

/**
 * The entries in the order of unmaking: by the rank of their kinds, and of one rank the last made first. What was made
 * again, as after a reboot, is the last in the journal and may have others hanging on it. A kind that is not known
 * stays where the journal has it, behind what was made before it.
 */
export function undoOrder(journal: Journal): readonly Entry[] {
  let before = 0;
  const ranked = journal.entries().map((entry) => {
    before = rankOf(entry.spec.kind) ?? before;
    return { entry, rank: before };
  });
  return ranked
    .reverse()
    .sort((one, other) => other.rank - one.rank)
    .map(({ entry }) => entry);
}
