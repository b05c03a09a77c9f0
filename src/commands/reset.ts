import { exitStatus, LabnetError } from '../errors.ts';
import { bringBack } from '../kept/bring-back.ts';
import { cachePaths } from '../kept/cache.ts';
import { findCheckpoint } from '../kept/checkpoints.ts';
import { labKey } from '../kept/lab-key.ts';
import { readSaved, savedFile } from '../kept/saved-lab.ts';
import { chooseLab, listLabs, loadPlan, lockHost, openLab } from '../labs/lab-store.ts';
import { labPaths } from '../paths.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { labReport } from '../report/lab-report.ts';
import { labText } from '../report/lab-text.ts';
import { bootSteps } from '../runs/boot-steps.ts';
import type { Context, Result } from '../runs/context.ts';
import { stoppedVms } from '../runs/stopped.ts';
import { trace } from '../runs/trace.ts';
import { verifyLab } from '../verify/verify.ts';

/**
 * Brings a lab, or some of its VMs, back to how it was when it had just been made.
 *
 * @param words the names of its VMs; without `lab` the first may name the lab, as in labnet 0.2
 */
export async function reset(
  words: readonly string[],
  options: { readonly lab?: string | undefined },
  context: Context,
): Promise<Result<'reset'>> {
  const { host, roots } = context;
  const [first = '', ...rest] = words;
  const isLab = options.lab === undefined && (await listLabs(host, roots)).includes(first);
  const lab = await chooseLab(options.lab ?? (isLab ? first : undefined), host, roots);
  return goBack(lab, isLab ? rest : words, (plan) => madeState(plan, context), context);
}

/** Brings a lab back to a checkpoint. */
export async function restore(
  name: string,
  named: string | undefined,
  context: Context,
): Promise<Result<'restore'>> {
  const { host, roots } = context;
  const lab = await chooseLab(named, host, roots);
  const find = async (plan: Plan) => {
    const directory = await findCheckpoint(lab, name, host, roots);
    return directory !== undefined && (await knowsOurKey(directory, plan, context)) ? directory : undefined;
  };
  return goBack(lab, [], find, context);
}

async function goBack(
  lab: string,
  vms: readonly string[],
  find: (plan: Plan) => Promise<string | undefined>,
  context: Context,
): Promise<Result<'reset'>> {
  const { host, roots, options, signal, say, progress } = context;
  const started = performance.now();
  const open = await openLab(lab, `reset ${lab}`, { host, roots, wait: options.wait });
  try {
    const plan = await loadPlan(lab, host, roots);
    const names = new Set(vms.length === 0 ? plan.guests.map(({ name }) => name) : vms);
    const unknown = [...names].filter((name) => !plan.guests.some((guest) => guest.name === name));
    if (unknown.length > 0) throw new LabnetError('usage', `${lab} has no VM ${unknown.join(', ')}`);
    const { journal } = open;
    const lock = await lockHost(`reset ${lab}`, { host, roots, wait: options.wait });
    let booted: ReadonlyMap<string, string>;
    try {
      // Under the lock: another run that keeps its lab may remove what was kept the longest ago.
      const directory = await find(plan);
      if (directory === undefined) {
        throw new LabnetError('failed', `${lab} has no such state`, {
          hint: 'sudo labnet checkpoint list names those of this lab; sudo labnet provision --fresh, after a destroy, makes the first',
        });
      }
      booted = await bringBack(plan, directory, names, { host, journal, signal, onAction: trace(context) });
    } finally {
      await lock.release();
    }
    for (const [name, why] of booted) say(`${name} boots from its saved disk: ${why}`);
    const guests = plan.guests.filter(({ name }) => booted.has(name));
    const boots = bootSteps(
      { ...plan, guests },
      {
        host,
        roots,
        journal,
        signal,
        onReady: () => {},
        onRestart: async (name, why) => say(`${name}: ${why}`),
      },
    );
    if (boots.length > 0) await progress.steps('VMs', boots, 'at once');
    const restoredMs = Math.round(performance.now() - started);
    const restored = new Set([...names].filter((name) => !booted.has(name)));
    const verification = await verifyLab(plan, { host, roots, signal, restored, booted: true });
    const total = Math.round(performance.now() - started);
    const timings = { restore: restoredMs, verify: total - restoredMs, total };
    const stopped = await stoppedVms(plan, host);
    const report = labReport(plan, { verification, timings, stopped });
    return { json: report, text: labText(report), status: verification.ok ? 0 : exitStatus['verify-failed'] };
  } finally {
    await open.close();
  }
}

/** The directory of the state that provision kept of this lab; undefined where there is none of use. */
async function madeState(plan: Plan, context: Context): Promise<string | undefined> {
  const { host, roots } = context;
  const directory = cachePaths.state(roots, await labKey(plan, host));
  return (await knowsOurKey(directory, plan, context)) ? directory : undefined;
}

/**
 * Whether the VMs of a saved state know this lab's key: a state of an earlier lab of the same make is of no use, since
 * its VMs know other keys.
 */
async function knowsOurKey(directory: string, plan: Plan, { host, roots }: Context): Promise<boolean> {
  if ((await readSaved(directory, host)) === undefined) return false;
  const { clientKey } = labPaths(roots, plan.lab);
  const key = specsOf(plan).find((spec) => spec.kind === 'key-pair' && spec.path === clientKey);
  const file = key === undefined ? undefined : savedFile(key, directory);
  if (file === undefined) return false;
  const [saved, ours] = await Promise.all([host.read(`${file}.pub`), host.read(`${clientKey}.pub`)]);
  return saved !== undefined && saved === ours;
}
