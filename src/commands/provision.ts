import { exitStatus, LabnetError, messageOf, saidTwice } from '../errors.ts';
import { chooseLab, loadPlan, type OpenLab, openLab } from '../labs/lab-store.ts';
import type { Plan } from '../plan/plan.ts';
import { neededPrograms } from '../preflight/preflight.ts';
import { runTasks } from '../progress/list.ts';
import { wholeConsole } from '../qemu/await-ready.ts';
import { labReport } from '../report/lab-report.ts';
import { labText } from '../report/lab-text.ts';
import { timeline } from '../report/timeline.ts';
import type { Context, Result } from '../runs/context.ts';
import { type Found, known, releaseHostLock } from '../runs/found.ts';
import { isKeptAtFault, KeptFails } from '../runs/kept-at-fault.ts';
import { type LabOptions, readLab } from '../runs/lab-input.ts';
import { providePrograms } from '../runs/programs.ts';
import { story } from '../runs/provision-story.ts';
import { timed } from '../runs/step.ts';
import { stoppedVms } from '../runs/stopped.ts';
import { undoRun } from '../runs/undo-run.ts';
import { fromFile, fromPlan, type Wanted } from '../runs/wanted.ts';

export interface ProvisionOptions extends LabOptions {
  /** The name of a lab that is on this host, instead of a lab file: from its saved plan. */
  readonly lab?: string | undefined;
  /** Tell where the time went. */
  readonly timings?: boolean | undefined;
  /** Boot anew, also when this very lab is kept from an earlier run. */
  readonly fresh?: boolean | undefined;
  /** The same, and without templates. */
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
        : fromFile(lab, await priorPlan(open, context));
    return await provisionOpen(wanted, open, options, context);
  } finally {
    await open.close();
  }
}

/** The plan of a lab that was begun before; what cannot be read is planned anew. */
async function priorPlan({ name, journal }: OpenLab, { host, roots }: Context): Promise<Plan | undefined> {
  if (journal.entries().length === 0) return undefined;
  return loadPlan(name, host, roots).catch(() => undefined);
}

/** A lab that is there is as it was planned. @throws LabnetError usage when something else says what it is to be. */
function refuseTwoLabs({ lab, file, vms, sandbox }: ProvisionOptions): void {
  const other = file ?? (vms !== undefined ? '--vms' : sandbox === true ? '--sandbox' : undefined);
  if (lab === undefined || other === undefined) return;
  throw saidTwice('--lab', other);
}

async function provisionOpen(
  wanted: Wanted,
  open: OpenLab,
  { timings, cold = false, fresh = false }: ProvisionOptions,
  context: Context,
): Promise<Result<'provision'>> {
  const { signal, options, live } = context;
  const before = open.journal.entries();
  const found: Found = { boots: new Map(), timings: {} };
  const steps = timed(
    story(wanted, { ...open, before, fresh: fresh || cold, cold }, found, context),
    found.timings,
    signal,
  );
  try {
    await runTasks(steps, { quiet: options.quiet, live });
    if (found.state?.there === true && found.verification?.ok === false)
      throw new KeptFails('failed', 'a probe fails in the lab that was kept');
  } catch (error) {
    await releaseHostLock(found);
    const undone = await undoRun(before, open, context);
    const tryWithout = !signal.aborted && undone && (await isKeptAtFault(error, context.roots));
    const useless = tryWithout ? kept(found) : [];
    if (useless.length === 0) throw undone ? withoutConsole(error) : error;
    context.say(`${messageOf(error)}\nWhat was kept is of no use: going on without it`);
    for (const directory of useless) await context.host.remove(directory);
    // From a state to clones, from clones to a boot.
    return provisionOpen(wanted, open, { timings, cold: found.state?.there !== true }, context);
  }
  const verification = known(found, 'verification');
  const plan = known(found, 'plan');
  const report = labReport(plan, {
    verification,
    stopped: await stoppedVms(plan, context.host),
    timings: found.timings,
    boots: found.boots,
  });
  const text = timings === true ? `${timeline(report)}\n\n${labText(report)}` : labText(report);
  return { json: report, text, status: verification.ok ? 0 : exitStatus['verify-failed'] };
}

/** Consoles have gone with the lab; the end of the one that matters stands in the message. */
function withoutConsole(error: unknown): unknown {
  if (!(error instanceof LabnetError) || error.hint !== wholeConsole) return error;
  return new LabnetError(error.code, error.message);
}

/** Where what the VMs went on from is kept: a state of the whole lab, or templates. None: they booted, or did not start. */
function kept({ state, templates = [], timings }: Found): readonly string[] {
  if (state?.there === true) return [state.directory];
  // How long this took is noted as the VMs are about to start.
  return 'template' in timings ? templates.map(({ directory }) => directory) : [];
}
