import { LabnetError } from '../errors.ts';
import { machineOf, underTcg, withMachine } from '../plan/accelerator.ts';
import { mapSpecs, type Plan } from '../plan/plan.ts';
import type { ResourceSpec } from '../resource/index.ts';
import type { MachineSpec } from '../resource/machine.ts';
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
    return asked(entry.spec) === asked(planned)
      ? withMachine(known, { ...entry.spec, saved: undefined, clone: undefined })
      : known;
  }, plan);
}

/** What was asked for: neither what a VM went on from, nor what its accelerator has the kernel leave out. */
function asked(machine: MachineSpec): string {
  const { command, ...rest } = underTcg(machine);
  const direct = command.direct === undefined ? undefined : { ...command.direct, arguments: '' };
  return JSON.stringify({
    ...rest,
    saved: undefined,
    clone: undefined,
    scope: undefined,
    command: { ...command, direct },
  });
}

/**
 * The plan, with the keys of the user who first made the lab: another admin, or cron, makes no other lab of it; and with the
 * seeds as they were written when the instance is the same: another labnet may word them in another way.
 */
export function asOwned(plan: Plan, journal: Journal): Plan {
  const owned = (spec: ResourceSpec): ResourceSpec => {
    const known = journal.find(spec.id)?.spec;
    if (spec.kind === 'key-pair' && known?.kind === 'key-pair') return { ...spec, uid: known.uid };
    if (spec.kind === 'text-file' && known?.kind === 'text-file') return { ...spec, uid: known.uid };
    if (spec.kind === 'seed' && known?.kind === 'seed' && known.files.metaData === spec.files.metaData)
      return { ...spec, files: known.files };
    return spec;
  };
  return mapSpecs(plan, owned);
}
