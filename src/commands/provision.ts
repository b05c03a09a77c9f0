import { type OpenLab, openLab } from '../engine/lab-store.ts';
import { neededPrograms, requireRoot } from '../engine/preflight.ts';
import { exitStatus } from '../errors.ts';
import type { Lab } from '../lab/lab.ts';
import { runTasks } from '../pipeline/list.ts';
import { labReport } from '../report/lab-report.ts';
import { labText } from '../report/lab-text.ts';
import { timeline } from '../report/timeline.ts';
import type { Context, Result } from './context.ts';
import { type LabOptions, readLab } from './lab-input.ts';
import { providePrograms } from './programs.ts';
import { type Found, known, releaseHostLock, story } from './provision-story.ts';
import { timed } from './step.ts';
import { undoRun } from './undo-run.ts';

export interface ProvisionOptions extends LabOptions {
  /** Tell where the time went. */
  readonly timings?: boolean | undefined;
}

/**
 * Makes a lab and proves that it works. On a lab that is there already, nothing changes and the proof is run again.
 * When a step fails or the user interrupts, what this run made is unmade.
 */
export async function provision(options: ProvisionOptions, context: Context): Promise<Result> {
  const { host, roots, uid } = context;
  const lab = await readLab(options, context);
  requireRoot(uid);
  await providePrograms(neededPrograms, context);
  const open = await openLab(lab.name, `provision ${lab.name}`, { host, roots, wait: context.options.wait });
  try {
    return await provisionOpen(lab, open, options, context);
  } finally {
    await open.close();
  }
}

async function provisionOpen(
  lab: Lab,
  open: OpenLab,
  { timings }: ProvisionOptions,
  context: Context,
): Promise<Result> {
  const { signal, options, live } = context;
  const before = open.journal.entries();
  const found: Found = { boots: new Map(), timings: {} };
  const steps = timed(story(lab, { ...open, before }, found, context), found.timings, signal);
  try {
    await runTasks(steps, { quiet: options.quiet, live });
  } catch (error) {
    await releaseHostLock(found);
    await undoRun(before, open, context);
    throw error;
  }
  const verification = known(found, 'verification');
  const report = labReport(known(found, 'plan'), {
    verification,
    timings: found.timings,
    boots: found.boots,
  });
  const text = timings === true ? `${timeline(report)}\n\n${labText(report)}` : labText(report);
  return { json: report, text, status: verification.ok ? 0 : exitStatus['verify-failed'] };
}
