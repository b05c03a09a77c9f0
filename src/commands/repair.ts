import type { RunContext } from '../engine/apply.ts';
import { asInJournal, reformOne, toReform } from '../engine/follow.ts';
import type { Repaired } from '../engine/repair.ts';
import { exitStatus, LabnetError } from '../errors.ts';
import { chooseLab, loadPlan, type OpenLab, openLab, savePlan } from '../labs/lab-store.ts';
import { readDocker } from '../netfilter/docker.ts';
import type { Roots } from '../paths.ts';
import { machineOf } from '../plan/accelerator.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { anew, wayOut } from '../plan/way-out.ts';
import { withDocker } from '../plan/with-docker.ts';
import { refuseConflicts, requireOwnSubnet } from '../preflight/preflight.ts';
import { passedWords } from '../report/lab-text.ts';
import { repairText } from '../report/repair-text.ts';
import { lookAtBases, repairBase } from '../runs/base-images.ts';
import { bootSteps } from '../runs/boot-steps.ts';
import type { Context, Result } from '../runs/context.ts';
import { followRestarts } from '../runs/fall-back.ts';
import { followHost } from '../runs/gather-facts.ts';
import { hostLock } from '../runs/host-lock.ts';
import { repairSteps } from '../runs/repair-steps.ts';
import { timed } from '../runs/timed.ts';
import { trace } from '../runs/trace.ts';
import type { Verification } from '../verify/probe.ts';
import { setClock } from '../verify/set-clocks.ts';
import { verifyLab } from '../verify/verify.ts';

/**
 * Makes again what is gone of a lab and sets right what has drifted, from the plan and the journal it was made with;
 * the lab file is not read. What fails is told and the rest goes on; nothing is unmade.
 */
export async function repair(named: string | undefined, context: Context): Promise<Result<'repair'>> {
  const { host, roots, options } = context;
  const lab = await chooseLab(named, host, roots);
  const open = await openLab(lab, `repair ${lab}`, { host, roots, wait: options.wait });
  try {
    const { repaired, verification, timings } = await repairOpen(open, context);
    const whole = repaired.every(({ outcome }) => outcome !== 'not repaired');
    const report = {
      ok: whole && verification.ok,
      lab,
      resources: [...repaired],
      verify: verification,
      timings,
    };
    const status = whole ? (verification.ok ? 0 : exitStatus['verify-failed']) : exitStatus.failed;
    return { json: report, text: repairText(report), status };
  } finally {
    await open.close();
  }
}

/** What came of a repair. */
interface Outcome {
  readonly repaired: readonly Repaired[];
  readonly verification: Verification;
  readonly timings: Readonly<Record<string, number>>;
}

/** Takes the steps of a repair: those of a provision, but for what needs the lab file. */
async function repairOpen(open: OpenLab, context: Context): Promise<Outcome> {
  const { host, roots, signal } = context;
  const { name: lab, journal } = open;
  const run: RunContext = { host, journal, signal, onAction: trace(context) };
  const repaired: Repaired[] = [];
  // Docker may have come since the lab was made.
  const docker = await readDocker(host, context.uid);
  const made = asInJournal(await loadPlan(lab, host, roots), journal);
  const { plan: followed, differences, lacking } = await followHost(made, host);
  if (lacking !== undefined)
    repaired.push({ id: wayOut, outcome: 'not repaired', reason: lacking, hint: anew(lab) });
  const plan = withDocker(followed, docker);
  const { timings, step, steps } = timed(context);
  const lock = hostLock(`repair ${lab}`, context);
  const outcomeOf = (vm: string) => repaired.find(({ id }) => id === machineOf(vm, plan).id)?.outcome;
  try {
    await step('preflight', 'Preflight', async () => {
      await lock.take();
      refuseUnfinished(plan, open);
      if (differences.length > 0) {
        await followRoute(plan, run, roots);
        repaired.push({ id: wayOut, outcome: 'repaired', found: differences.join('; ') });
      }
      await refuseConflicts(plan, journal, host);
      await requireOwnSubnet(plan, journal, host, roots);
      for (const base of await lookAtBases(specsOf(plan), context))
        repaired.push(await repairBase(base, context));
    });
    await steps(
      'repair',
      'Host',
      repairSteps(plan, run, (one) => repaired.push(one)),
    );
  } finally {
    await lock.release();
  }
  const guests = plan.guests.filter(({ name }) => outcomeOf(name) === 'repaired');
  const onRestart = followRestarts({ plan }, context);
  const boots = bootSteps({ ...plan, guests }, { ...run, roots, signal, onReady: () => {}, onRestart });
  await steps('boot', 'VMs', boots, 'at once');
  // A VM that stands still answers nothing, and has been told of already.
  const standing = {
    ...plan,
    guests: plan.guests.filter(({ name }) => outcomeOf(name) !== 'not repaired'),
  };
  const verification = await step('verify', 'Verify', async (line) => {
    const onWait = (what: string) => line.output(what);
    const found = await verifyLab(standing, { host, roots, signal, booted: true, onWait });
    const clocks = await setLateClocks(standing, found, context);
    repaired.push(...clocks);
    const isSet = clocks.some(({ outcome }) => outcome === 'repaired');
    const proof = isSet ? await verifyLab(standing, { host, roots, signal }) : found;
    line.title(`Verify: ${passedWords(proof)}`);
    return proof;
  });
  return { repaired, verification, timings };
}

/**
 * Gives a lab's rules and settings their new form, where its host goes another way by now, and saves the plan with it.
 */
async function followRoute(plan: Plan, run: RunContext, roots: Roots): Promise<void> {
  for (const spec of toReform(plan, run.journal)) await reformOne(spec, run);
  await savePlan(plan, run.host, roots);
}

/**
 * Sets the clocks that are late: those of VMs that stood still, on a full disk or in a laptop that slept.
 *
 * @returns what came of each
 */
async function setLateClocks(
  plan: Plan,
  { probes }: Verification,
  { host, roots, signal }: Context,
): Promise<readonly Repaired[]> {
  const late = probes.filter(({ id, status }) => id === 'clock' && status === 'failed');
  const set = plan.guests.map(async (guest): Promise<readonly Repaired[]> => {
    const found = late.find(({ vm }) => vm === guest.name)?.reason;
    if (found === undefined) return [];
    const reason = await setClock(guest, plan, { host, roots, signal });
    const id = `clock:${guest.name}`;
    return [
      reason === undefined ? { id, outcome: 'repaired', found } : { id, outcome: 'not repaired', reason },
    ];
  });
  return (await Promise.all(set)).flat();
}

/**
 * Refuses a lab with parts that no run has begun to make: those are not repaired but made, which needs the lab file.
 *
 * @throws LabnetError failed
 */
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
