import type { RunContext } from '../engine/apply.ts';
import { begunSince } from '../engine/destroy.ts';
import type { Entry } from '../engine/journal.ts';
import { lockHost, type OpenLab, openLab, savePlan } from '../engine/lab-store.ts';
import { neededPrograms, refuseConflicts, requireRoom, requireRoot } from '../engine/preflight.ts';
import { saveSnapshot } from '../engine/snapshot.ts';
import { exitStatus } from '../errors.ts';
import type { Lock } from '../host/lock.ts';
import { ensureImage } from '../image/ensure.ts';
import { imageFacts, type StoredImage } from '../image/stored-image.ts';
import type { Lab } from '../lab/lab.ts';
import { applyTasks } from '../pipeline/apply-tasks.ts';
import { type BootPhases, bootTasks } from '../pipeline/boot-tasks.ts';
import { runTasks } from '../pipeline/list.ts';
import { type Plan, secretsOf } from '../plan/plan.ts';
import { planLab } from '../plan/plan-lab.ts';
import { probeAccelerator } from '../qemu/accelerator.ts';
import { labReport } from '../report/lab-report.ts';
import { labText } from '../report/lab-text.ts';
import { timeline } from '../report/timeline.ts';
import type { Verification } from '../verify/probe.ts';
import { verifyLab } from '../verify/verify.ts';
import type { Context, Result } from './context.ts';
import { gatherFacts } from './facts.ts';
import { type LabOptions, readLab } from './lab-input.ts';
import { provideImagePrograms, providePrograms } from './programs.ts';
import { sourceDate } from './source-date.ts';
import { type Step, timed } from './step.ts';
import { trace } from './trace.ts';
import { undoRun } from './undo-run.ts';

export interface ProvisionOptions extends LabOptions {
  /** Tell where the time went. */
  readonly timings?: boolean | undefined;
}

/** What the steps of one run find out, each for the next. */
interface Found {
  image?: StoredImage;
  accelerator?: { readonly accelerator: 'kvm' | 'tcg'; readonly reason: string };
  plan?: Plan;
  verification?: Verification;
  /** Held from the look at the host to the end of the changes, so that two labs do not take the same thing. */
  hostLock?: Lock | undefined;
  readonly boots: Map<string, BootPhases>;
  readonly timings: Record<string, number>;
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

/** The lab at work on, and what its journal knew before. */
interface BegunRun extends Pick<OpenLab, 'journal'> {
  readonly before: readonly Entry[];
}

/** The steps of a provision, in the order a reader should learn them. */
function story(lab: Lab, { journal, before }: BegunRun, found: Found, context: Context): readonly Step[] {
  const { host, roots, signal } = context;
  const run: RunContext = { host, journal, signal, secrets: secretsOf(lab), onAction: trace(context) };
  return [
    {
      name: 'image',
      title: `Base image ${lab.image}`,
      task: async (_, task) => {
        await provideImagePrograms(lab.image, context);
        const onProgress = (line: string) => {
          task.output = line;
        };
        const image = await ensureImage(lab.image, { onProgress, signal }, host, roots);
        found.image = image;
      },
    },
    {
      name: 'accelerator',
      title: 'Accelerator',
      task: async (_, task) => {
        found.hostLock = await lockHost(`provision ${lab.name}`, { host, roots, wait: context.options.wait });
        const [chosen] = await Promise.all([
          probeAccelerator(host, { scratch: roots.run, signal }),
          // Of the lab's first provision alone, which finds an empty journal.
          journal.entries().length === 0 && saveSnapshot(lab.name, known(found, 'image'), host, roots),
        ]);
        task.title = `Accelerator: ${chosen.accelerator} (${chosen.reason})`;
        found.accelerator = chosen;
      },
    },
    {
      name: 'preflight',
      title: 'Preflight',
      task: async () => {
        const decided = {
          image: imageFacts(known(found, 'image'), roots),
          accelerator: known(found, 'accelerator').accelerator,
        };
        const facts = await gatherFacts(context, decided);
        const plan = planLab({ lab, facts, roots, date: sourceDate(context.env) });
        for (const warning of plan.warnings) context.say(`warning: ${warning}`);
        await refuseConflicts(plan, journal, host);
        await requireRoom(plan, journal, host, roots);
        await savePlan(plan, host, roots);
        found.plan = plan;
      },
    },
    {
      name: 'apply',
      title: 'Host',
      task: (_, task) => {
        const tasks = applyTasks(known(found, 'plan'), run);
        return task.newListr([...tasks], { rendererOptions: { collapseSubtasks: false } });
      },
    },
    {
      name: 'boot',
      title: 'VMs',
      task: async (_, task) => {
        await releaseHostLock(found);
        const booted = new Set(begunSince(before, journal).map(({ id }) => id));
        const onReady = (name: string, phases: BootPhases) => {
          if (booted.has(`machine:${name}`)) found.boots.set(name, phases);
        };
        const tasks = bootTasks(known(found, 'plan'), { host, roots, journal, signal, onReady });
        return task.newListr([...tasks], { concurrent: true, rendererOptions: { collapseSubtasks: false } });
      },
    },
    {
      name: 'verify',
      title: 'Verify',
      task: async (_, task) => {
        const verification = await verifyLab(known(found, 'plan'), { host, roots, signal });
        const passed = verification.probes.filter(({ status }) => status === 'passed').length;
        task.title = `Verify: ${passed} of ${verification.probes.length} probes passed`;
        found.verification = verification;
      },
    },
  ];
}

async function releaseHostLock(found: Found): Promise<void> {
  await found.hostLock?.release();
  found.hostLock = undefined;
}

/** What earlier steps have found; that they ran is the order of the story. */
function known<K extends keyof Found>(found: Found, key: K): NonNullable<Found[K]> {
  const value = found[key];
  if (value === undefined || value === null) throw new Error(`${key} is not known yet`);
  return value;
}
