/** Runs of labnet over a memory host: what provision and destroy do between the lock and its release. */
import { applyOne, type RunContext } from '../../src/engine/apply.ts';
import { type Undone, undoOne, undoOrder } from '../../src/engine/destroy.ts';
import { inspectAll } from '../../src/engine/inspect.ts';
import { type Journal, openJournal } from '../../src/engine/journal.ts';
import { type Repaired, repairOne } from '../../src/engine/repair.ts';
import { labPaths } from '../../src/paths.ts';
import { type Plan, specsOf } from '../../src/plan/plan.ts';
import { oneByOne, silent } from '../../src/progress/progress.ts';
import { applySteps } from '../../src/runs/apply-steps.ts';
import { repairSteps } from '../../src/runs/repair-steps.ts';
import { undoSteps } from '../../src/runs/undo-steps.ts';
import { roots } from './facts.ts';
import { MemoryHost } from './memory-host.ts';
import type { World } from './world.ts';

/** One after another, or side by side as labnet's own steps do it. */
export type Style = 'sequential' | 'side by side';

/** Makes the directories that taking the locks makes, and opens the journal. */
export async function openRun(
  lab: string,
  host: MemoryHost,
): Promise<RunContext & { readonly journal: Journal }> {
  const { dir, journal } = labPaths(roots, lab);
  for (const path of [dir, roots.run]) host.world.files.makeDirectory(path, 0o711);
  return { host, journal: await openJournal(journal, lab, host) };
}

/** As closeLab: nothing open in the journal, no lab. */
export async function closeRun(lab: string, { journal, host }: RunContext): Promise<void> {
  const paths = labPaths(roots, lab);
  if (journal.entries().length > 0) return;
  await host.remove(paths.journal);
  for (const path of [paths.dir, `${roots.state}/labs`, roots.state, roots.run])
    await host.removeEmptyDirectory(path);
}

/** Makes all of a plan. @throws what the first failing resource threw */
export async function apply(plan: Plan, context: RunContext, style: Style): Promise<void> {
  if (style === 'side by side') return oneByOne(applySteps(plan, context), silent);
  for (const { specs } of plan.stages) for (const spec of specs) await applyOne(spec, context);
}

/** Unmakes all that the journal knows. */
export async function undoAll(context: RunContext, style: Style): Promise<readonly Undone[]> {
  const undone: Undone[] = [];
  const entries = undoOrder(context.journal);
  if (style === 'side by side') {
    const steps = undoSteps(entries, context, (one) => undone.push(one));
    await oneByOne(steps, silent);
  } else for (const entry of entries) undone.push(await undoOne(entry, context));
  return undone;
}

/** A whole `labnet provision`, without undoing when it fails. */
export async function provision(plan: Plan, host: MemoryHost, style: Style = 'sequential'): Promise<void> {
  const context = await openRun(plan.lab, host);
  await apply(plan, context, style);
}

/** A whole `labnet destroy`. */
export async function destroy(
  lab: string,
  host: MemoryHost,
  style: Style = 'sequential',
): Promise<readonly Undone[]> {
  const context = await openRun(lab, host);
  const undone = await undoAll(context, style);
  await closeRun(lab, context);
  return undone;
}

/** What `labnet repair` does between the lock and its release. @throws as repairOne, for what is foreign */
export async function repair(
  plan: Plan,
  host: MemoryHost,
  style: Style = 'sequential',
): Promise<readonly Repaired[]> {
  const context = await openRun(plan.lab, host);
  const repaired: Repaired[] = [];
  if (style === 'side by side') {
    const steps = repairSteps(plan, context, (one) => repaired.push(one));
    await oneByOne(steps, silent);
  } else for (const spec of specsOf(plan)) repaired.push(await repairOne(spec, context));
  return repaired;
}

/** The resources that are not as the lab's journal knows them, in the words of `labnet status`. */
export async function adrift(plan: Plan, host: MemoryHost): Promise<readonly string[]> {
  const { journal } = await openRun(plan.lab, host);
  const inspected = await inspectAll(specsOf(plan), journal, host);
  return inspected.flatMap(({ spec, presence }) => {
    if (presence.state === 'ours') return [];
    const differences = presence.state === 'drifted' ? presence.differences : [presence.state];
    return [`${spec.id}: ${differences.join('; ')}`];
  });
}

/** A new run of labnet over the same machine. */
export function newRun(world: World): MemoryHost {
  return new MemoryHost(world);
}
