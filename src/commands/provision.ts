import { exitStatus, LabnetError, messageOf, saidTwice } from '../errors.ts';
import { chooseLab, loadPlan, type OpenLab, openLab } from '../labs/lab-store.ts';
import { neededPrograms } from '../preflight/preflight.ts';
import { isOfConsole } from '../qemu/why-not-ready.ts';
import { labReport } from '../report/lab-report.ts';
import { labText } from '../report/lab-text.ts';
import { timeline } from '../report/timeline.ts';
import type { Context, Result } from '../runs/context.ts';
import { isKeptAtFault } from '../runs/kept-at-fault.ts';
import { type LabOptions, readLab } from '../runs/lab-input.ts';
import { type Made, makeLab, StartedFrom } from '../runs/make-lab.ts';
import { priorPlan } from '../runs/plan-over.ts';
import { providePrograms } from '../runs/programs.ts';
import { stoppedVms } from '../runs/stopped.ts';
import { timed } from '../runs/timed.ts';
import { undoRun } from '../runs/undo-run.ts';
import { fromFile, fromPlan, type Wanted } from '../runs/wanted.ts';

/** The flags of `labnet provision`. */
export interface ProvisionOptions extends LabOptions {
  /** The name of a lab that is on this host, to be made from its saved plan instead of a lab file. */
  readonly lab?: string | undefined;
  /** Whether to tell where the time went. */
  readonly timings?: boolean | undefined;
  /** Whether to boot anew, also when this very lab is kept from an earlier run. */
  readonly fresh?: boolean | undefined;
  /** Whether to boot anew as with `fresh`, and without templates. */
  readonly cold?: boolean | undefined;
}

/**
 * Makes a lab and proves that it works. On a lab that is there already, nothing changes and the proof is run again.
 * When a step fails or the user interrupts, what this run made is unmade.
 */
export async function provision(options: ProvisionOptions, context: Context): Promise<Result<'provision'>> {
  const { host, roots } = context;
  refuseTwoLabs(options);
  const lab = options.lab === undefined ? await readLab(options, context) : undefined;
  await providePrograms(neededPrograms, context);
  const name = lab?.name ?? (await chooseLab(options.lab, host, roots));
  const open = await openLab(name, `provision ${name}`, { host, roots, wait: context.options.wait });
  try {
    const wanted =
      lab === undefined
        ? fromPlan(await loadPlan(name, host, roots), open.journal)
        : fromFile(lab, await priorPlan(name, open.journal, { host, roots }));
    return await provisionOpen(wanted, open, options, context);
  } finally {
    await open.close();
  }
}

/**
 * Refuses --lab together with something else that says what the lab is to be: a lab that is there is as it was planned.
 *
 * @throws LabnetError usage
 */
function refuseTwoLabs({ lab, file, vms, sandbox }: ProvisionOptions): void {
  const other = file ?? (vms !== undefined ? '--vms' : sandbox === true ? '--sandbox' : undefined);
  if (lab === undefined || other === undefined) return;
  throw saidTwice('--lab', other);
}

async function provisionOpen(
  wanted: Wanted,
  open: OpenLab,
  options: ProvisionOptions,
  context: Context,
): Promise<Result<'provision'>> {
  const { cold = false, fresh = false, timings = false } = options;
  const before = open.journal.entries();
  const clock = timed(context);
  let made: Made;
  try {
    made = await makeLab(wanted, { ...open, before, fresh: fresh || cold, cold }, clock, context);
  } catch (thrown) {
    const from = thrown instanceof StartedFrom ? thrown : undefined;
    const error = from === undefined ? thrown : from.cause;
    const undone = await undoRun(before, open, context);
    if (from === undefined || !undone || !(await isUseless(from, context)))
      throw undone ? withoutConsole(error) : error;
    context.say(`${messageOf(error)}\nWhat was kept is of no use: going on without it`);
    for (const directory of from.directories) await context.host.remove(directory);
    // The next try goes from a state to clones, or from clones to a boot.
    return provisionOpen(wanted, open, { timings, cold: !from.whole }, context);
  }
  const { plan, verification, boots } = made;
  const stopped = await stoppedVms(plan, context.host);
  const report = labReport(plan, { verification, stopped, timings: clock.timings, boots });
  const text = timings ? `${timeline(report)}\n\n${labText(report)}` : labText(report);
  return { json: report, text, status: verification.ok ? 0 : exitStatus['verify-failed'] };
}

/** Whether what the VMs were started from is not worth keeping. */
async function isUseless({ directories, cause }: StartedFrom, { signal, roots }: Context): Promise<boolean> {
  return !signal.aborted && directories.length > 0 && (await isKeptAtFault(cause, roots));
}

/**
 * The error without the hint to read a console: the consoles have gone with the lab, and the end of the one that
 * matters stands in the message.
 */
function withoutConsole(error: unknown): unknown {
  if (!(error instanceof LabnetError) || !isOfConsole(error.hint)) return error;
  return new LabnetError(error.code, error.message);
}
