import { begunSince, type Undone } from '../engine/destroy.ts';
import type { Entry } from '../engine/journal.ts';
import { lockHost, type OpenLab } from '../engine/lab-store.ts';
import { runTasks } from '../pipeline/list.ts';
import { undoTasks } from '../pipeline/undo-tasks.ts';
import type { Context } from './context.ts';
import { trace } from './trace.ts';

/** Unmakes, visibly, what this run made; what was there before it stays. */
export async function undoRun(before: readonly Entry[], open: OpenLab, context: Context): Promise<void> {
  const { host, roots, options, live, say } = context;
  const { journal } = open;
  const begun = begunSince(before, journal);
  if (begun.length === 0) return;
  say('Undoing what this run began');
  const left: Undone[] = [];
  const lock = await lockHost(`undo of provision ${open.name}`, { host, roots, wait: options.wait });
  try {
    const tasks = undoTasks(begun, { host, journal, onAction: trace(context) }, (undone) => {
      if (undone.outcome === 'left') left.push(undone);
    });
    await runTasks(tasks, { quiet: options.quiet, live });
  } finally {
    await lock.release();
  }
  if (left.length > 0)
    say(`left: ${left.map(({ id }) => id).join(', ')}; labnet destroy ${open.name} tries again`);
}
