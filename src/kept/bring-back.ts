import { allEnded } from '../engine/all-ended.ts';
import { applyOne, type RunContext } from '../engine/apply.ts';
import { undoOne } from '../engine/destroy.ts';
import { inspectOne } from '../engine/inspect.ts';
import { LabnetError, messageOf } from '../errors.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { fromSaved } from './saved-lab.ts';

/**
 * Brings VMs of a lab back to a saved moment: QEMU is switched off, the disk put back, the saved state loaded into a
 * new QEMU. Each step stands in the journal before it is done. All VMs stop before the first goes on.
 *
 * A state that QEMU does not take is no loss: the VM then boots from its saved disk.
 *
 * @param vms the names of the VMs
 * @returns why a VM had to boot, by its name, for each that had to
 */
export async function bringBack(
  plan: Plan,
  directory: string,
  vms: ReadonlySet<string>,
  context: RunContext,
): Promise<ReadonlyMap<string, string>> {
  const parts = (from: Plan, kind: ResourceSpec['kind']) =>
    specsOf(from).filter((spec) => spec.kind === kind && vms.has(spec.vm ?? ''));
  const saved = fromSaved(plan, directory);
  await requireUp(plan, context);
  await unmake([...parts(plan, 'machine')], context);
  await unmake([...parts(plan, 'overlay')], context);
  for (const disk of parts(saved, 'overlay')) await applyOne(disk, context);
  const booted = new Map<string, string>();
  await allEnded(
    parts(saved, 'machine').map(async (machine) => {
      try {
        await applyOne(machine, context);
      } catch (error) {
        if (error instanceof LabnetError && error.code === 'interrupted') throw error;
        booted.set(machine.vm ?? '', messageOf(error));
        await unmake([machine], context);
        for (const plain of parts(plan, 'machine'))
          if (plain.id === machine.id) await applyOne(plain, context);
      }
    }),
  );
  return booted;
}

/**
 * Refuses a lab that is down: after a reboot the directories below /run are gone, and with them all that a VM is
 * plugged into.
 *
 * @throws LabnetError failed, before anything is changed
 */
async function requireUp(plan: Plan, { journal, host }: RunContext): Promise<void> {
  for (const spec of specsOf(plan).filter(({ kind }) => kind === 'directory')) {
    if ((await inspectOne(spec, journal, host)).state !== 'absent') continue;
    throw new LabnetError('failed', `${plan.lab} is down: there is no ${spec.id}`, {
      hint: `sudo labnet repair ${plan.lab} starts it again; then go back`,
    });
  }
}

/** Unmakes resources by their journal entries. @throws LabnetError failed when one does not go. */
async function unmake(specs: readonly ResourceSpec[], context: RunContext): Promise<void> {
  await allEnded(
    specs.map(async ({ id }) => {
      const entry = context.journal.find(id);
      if (entry === undefined) return;
      const undone = await undoOne(entry, context);
      if (undone.outcome === 'left') throw new LabnetError('failed', `${id} does not go: ${undone.reason}`);
    }),
  );
}
