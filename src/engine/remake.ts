import { LabnetError } from '../errors.ts';
import { machineOf, underTcg, withMachine } from '../plan/accelerator.ts';
import type { Plan } from '../plan/plan.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { applyOne, type RunContext } from './apply.ts';
import { undoOne } from './destroy.ts';
import type { Journal } from './journal.ts';

/**
 * Unmakes a resource by its journal entry and makes it again in another form: at no moment is there anything that the
 * journal's removal does not undo. @throws LabnetError failed when the old one stays, and what `applyOne` throws
 */
export async function remakeOne(spec: ResourceSpec, context: RunContext): Promise<void> {
  const entry = context.journal.find(spec.id);
  if (entry !== undefined) {
    const undone = await undoOne(entry, context);
    if (undone.outcome === 'left') throw new LabnetError('failed', `${spec.id}: ${undone.reason}`);
  }
  await applyOne(spec, context);
}

/**
 * The plan, with the VMs that were started in this boot as they run: with which accelerator a VM runs is no part of
 * what the user asked for, and a new probe's answer is for VMs that are to be started.
 */
export function asStarted(plan: Plan, journal: Journal, boot: string): Plan {
  return plan.guests.reduce((known, { name }) => {
    const planned = machineOf(name, known);
    const entry = journal.find(planned.id);
    if (entry?.spec.kind !== 'machine' || entry.boot !== boot || entry.record === undefined) return known;
    const same = JSON.stringify(underTcg(entry.spec)) === JSON.stringify(underTcg(planned));
    return same ? withMachine(known, entry.spec) : known;
  }, plan);
}
