import { begunSince, type Undone } from '../engine/destroy.ts';
import type { Entry } from '../engine/journal.ts';
import { messageOf } from '../errors.ts';
import type { Lock } from '../host/lock.ts';
import { lockHost, type OpenLab } from '../labs/lab-store.ts';
import { oneByOne } from '../progress/progress.ts';
import type { Context } from './context.ts';
import { trace } from './trace.ts';
import { undoSteps } from './undo-steps.ts';

/**
 * Unmakes, visibly, what this run made; what was there before it stays.
 *
 * @returns false when something is left, which is said
 */
export async function undoRun(before: readonly Entry[], open: OpenLab, context: Context): Promise<boolean> {
  const { host, roots, options, progress } = context;
  const { journal } = open;
  const begun = begunSince(before, journal);
  if (begun.length === 0) return true;
  context.say('Undoing what this run began');
  const left: Undone[] = [];
  const say = (what: readonly { readonly id: string }[]) =>
    context.say(`left: ${what.map(({ id }) => id).join(', ')}; sudo labnet destroy ${open.name} tries again`);
  let lock: Lock;
  try {
    lock = await lockHost(`undo of provision ${open.name}`, { host, roots, wait: options.wait });
  } catch (error) {
    // Why the run failed is told by the caller.
    context.say(messageOf(error));
    say(begun);
    return false;
  }
  try {
    const steps = undoSteps(begun, { host, journal, onAction: trace(context) }, (undone) => {
      if (undone.outcome === 'left') left.push(undone);
    });
    await oneByOne(steps, progress);
  } finally {
    await lock.release();
  }
  if (left.length > 0) say(left);
  return left.length === 0;
}
