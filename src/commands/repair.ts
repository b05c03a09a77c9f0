import type { RunContext } from '../engine/apply.ts';
import { asInJournal, reformOne, toReform } from '../engine/follow.ts';
import type { Repaired } from '../engine/repair.ts';
import { exitStatus, LabnetError } from '../errors.ts';
import type { Lock } from '../host/lock.ts';
import { chooseLab, loadPlan, lockHost, type OpenLab, openLab, savePlan } from '../labs/lab-store.ts';
import { readDocker } from '../netfilter/docker.ts';
import type { Roots } from '../paths.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { anew, wayOut } from '../plan/way-out.ts';
import { withDocker } from '../plan/with-docker.ts';
import { refuseConflicts, requireOwnSubnet } from '../preflight/preflight.ts';
import { runTasks } from '../progress/list.ts';
import { repairText } from '../report/repair-text.ts';
import { lookAtBases, repairBase } from '../runs/base-images.ts';
import { bootTasks } from '../runs/boot-tasks.ts';
import type { Context, Result } from '../runs/context.ts';
import { followRestarts } from '../runs/fall-back.ts';
import { followHost } from '../runs/gather-facts.ts';
import { repairTasks } from '../runs/repair-tasks.ts';
import { type Step, timed } from '../runs/step.ts';
import { trace } from '../runs/trace.ts';
import type { Verification } from '../verify/probe.ts';
import { setClock } from '../verify/set-clocks.ts';
import { verifyLab } from '../verify/verify.ts';

/** What a repair finds out on its way. */
interface Found {
  /** How the host's way out differs from the lab's, in words. */
  moved: readonly string[];
  readonly repaired: Repaired[];
  readonly timings: Record<string, number>;
  verification: Verification;
  hostLock?: Lock | undefined;
}

/**
 * Makes again what is gone of a lab and sets right what has drifted, from the plan and the journal it was made with;
 * the lab file is not read. What fails is told and the rest goes on; nothing is unmade.
 */
export async function repair(named: string | undefined, context: Context): Promise<Result<'repair'>> {
  const { host, roots, options, live, signal } = context;
  const lab = await chooseLab(named, host, roots);
  const open = await openLab(lab, `repair ${lab}`, { host, roots, wait: options.wait });
  const found: Found = { moved: [], repaired: [], timings: {}, verification: { ok: false, probes: [] } };
  try {
    // Docker may have come since the lab was made.
    const docker = await readDocker(host, context.uid);
    const made = asInJournal(await loadPlan(lab, host, roots), open.journal);
    const { plan: followed, differences, lacking } = await followHost(made, host);
    found.moved = differences;
    if (lacking !== undefined)
      found.repaired.push({ id: wayOut, outcome: 'not repaired', reason: lacking, hint: anew(lab) });
    const plan = withDocker(followed, docker);
    const steps = timed(story(plan, open, found, context), found.timings, signal);
    await runTasks(steps, { quiet: options.quiet, live });
  } finally {
    await releaseHostLock(found);
    await open.close();
  }
  const { repaired, verification, timings } = found;
  const whole = repaired.every(({ outcome }) => outcome !== 'not repaired');
  const report = { ok: whole && verification.ok, lab, resources: repaired, verify: verification, timings };
  const status = whole ? (verification.ok ? 0 : exitStatus['verify-failed']) : exitStatus.failed;
  return { json: report, text: repairText(report), status };
}

/** The steps of a repair: as of a provision, but for what needs the lab file. */
function story(plan: Plan, open: OpenLab, found: Found, context: Context): readonly Step[] {
  const { host, roots, signal, options } = context;
  const { journal } = open;
  const run: RunContext = { host, journal, signal, onAction: trace(context) };
  const onRepaired = (one: Repaired) => found.repaired.push(one);
  return [
    {
      name: 'preflight',
      title: 'Preflight',
      task: async () => {
        found.hostLock = await lockHost(`repair ${plan.lab}`, { host, roots, wait: options.wait });
        refuseUnfinished(plan, open);
        await followRoute(plan, found, run, roots);
        await refuseConflicts(plan, journal, host);
        await requireOwnSubnet(plan, journal, host, roots);
        for (const base of await lookAtBases(specsOf(plan), context)) {
          onRepaired(await repairBase(base, context));
        }
      },
    },
    {
      name: 'repair',
      title: 'Host',
      task: (_, task) =>
        task.newListr([...repairTasks(plan, run, onRepaired)], {
          rendererOptions: { collapseSubtasks: false },
        }),
    },
    {
      name: 'boot',
      title: 'VMs',
      task: async (_, task) => {
        await releaseHostLock(found);
        const guests = plan.guests.filter(({ name }) => outcome(found, name) === 'repaired');
        const onRestart = followRestarts({ plan }, context);
        const tasks = bootTasks({ ...plan, guests }, { ...run, roots, signal, onReady: () => {}, onRestart });
        return task.newListr([...tasks], { concurrent: true, rendererOptions: { collapseSubtasks: false } });
      },
    },
    {
      name: 'verify',
      title: 'Verify',
      task: async (_, task) => {
        // A VM that stands still answers nothing, and has been told of already.
        const guests = plan.guests.filter(({ name }) => outcome(found, name) !== 'not repaired');
        const standing = { ...plan, guests };
        found.verification = await verifyLab(standing, { host, roots, signal, booted: true });
        if (await setLateClocks(standing, found, context))
          found.verification = await verifyLab(standing, { host, roots, signal });
        const { probes } = found.verification;
        task.title = `Verify: ${probes.filter(({ status }) => status === 'passed').length} of ${probes.length} probes passed`;
      },
    },
  ];
}

/** The rules and settings of a lab whose host goes another way by now take their new form; then the plan is saved with it. */
async function followRoute(
  plan: Plan,
  { moved, repaired }: Found,
  run: RunContext,
  roots: Roots,
): Promise<void> {
  if (moved.length === 0) return;
  for (const spec of toReform(plan, run.journal)) await reformOne(spec, run);
  await savePlan(plan, run.host, roots);
  repaired.push({ id: wayOut, outcome: 'repaired', found: moved.join('; ') });
}

/** A VM that stood still, on a full disk or in a laptop that slept, has a clock that is late. @returns whether one was set */
async function setLateClocks(
  plan: Plan,
  { verification, repaired }: Found,
  { host, roots, signal }: Context,
): Promise<boolean> {
  const late = verification.probes.filter(({ id, status }) => id === 'clock' && status === 'failed');
  const set = plan.guests.map(async (guest) => {
    const found = late.find(({ vm }) => vm === guest.name)?.reason;
    if (found === undefined) return false;
    const why = await setClock(guest, plan, { host, roots, signal });
    const id = `clock:${guest.name}`;
    repaired.push(
      why === undefined ? { id, outcome: 'repaired', found } : { id, outcome: 'not repaired', reason: why },
    );
    return why === undefined;
  });
  return (await Promise.all(set)).includes(true);
}

/** What no run has begun to make is not repaired but made, which needs the lab file. @throws LabnetError failed. */
function refuseUnfinished(plan: Plan, { name, journal }: OpenLab): void {
  const missing = specsOf(plan).filter(
    ({ id, kind }) => kind !== 'docker-user' && journal.find(id) === undefined,
  );
  if (missing.length === 0) return;
  throw new LabnetError(
    'failed',
    `the lab ${name} was never made whole: ${missing.map(({ id }) => id).join(', ')}`,
    {
      hint: `sudo labnet provision goes on with it, sudo labnet destroy ${name} removes it`,
    },
  );
}

/** What came of a VM's QEMU. */
function outcome({ repaired }: Found, vm: string): Repaired['outcome'] | undefined {
  return repaired.find(({ id }) => id === `machine:${vm}`)?.outcome;
}

async function releaseHostLock(found: Found): Promise<void> {
  await found.hostLock?.release();
  found.hostLock = undefined;
}
