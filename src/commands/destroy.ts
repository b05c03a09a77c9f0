import { exitStatus, LabnetError, messageOf, saidTwice } from '../errors.ts';
import { chooseLab, listLabs, lockHost, removeEmptyParents } from '../labs/lab-store.ts';
import { differencesSince } from '../labs/snapshot.ts';
import { labPaths } from '../paths.ts';
import type { Context, Result } from '../runs/context.ts';
import { type Destroyed, type DestroyOptions, type DestroyReport, destroyLab } from '../runs/destroy-lab.ts';

/**
 * Removes what labnet made, from the journal alone. A lab that is gone already is no error. Of several labs each is
 * tried, and all that came of them is told.
 *
 * @throws LabnetError usage for a name and --all; interrupted; with one lab alone, the error that stopped its removal
 */
export async function destroy(options: DestroyOptions, context: Context): Promise<Result<'destroy'>> {
  const { host, roots } = context;
  const labs = await labsMeant(options, context);
  const destroyed: Destroyed[] = [];
  for (const lab of labs) {
    const one = await destroyLab(lab, options, context);
    destroyed.push(one);
    const interrupted = context.signal.aborted || one.report.error?.code === 'interrupted';
    if (one.error === undefined || (options.all === true && !interrupted)) continue;
    if (destroyed.length > 1) context.say(text(destroyed.map(({ report }) => report)));
    throw one.error;
  }
  const reports = destroyed.map(({ report }) => report);
  // The lock is taken also with nothing to undo: a run that was killed at its very start has left its lock's directory.
  const swept = options.check !== true && reports.some(hasUndone);
  const lock = swept ? undefined : await sweepingLock(context);
  try {
    const checked =
      options.check === true ? await Promise.all(destroyed.map((one) => check(one, context))) : reports;
    const status = statusOf(checked);
    return {
      json: { ok: status === 0, labs: checked },
      text: checked.length === 0 ? await nothing(options.lab, context) : text(checked),
      status,
    };
  } finally {
    await lock?.release();
    await removeEmptyParents(host, roots);
  }
}

/** The labs that are meant. A lab that is named and does not exist counts as destroyed already: twice is fine. */
async function labsMeant({ lab, all }: DestroyOptions, { host, roots }: Context): Promise<readonly string[]> {
  if (all === true && lab !== undefined) throw saidTwice(lab, '--all');
  const labs = await listLabs(host, roots);
  if (all === true) return labs;
  if (lab !== undefined) return labs.filter((name) => name === lab);
  return labs.length === 0 ? [] : [await chooseLab(undefined, host, roots)];
}

/**
 * Takes the host's lock, whose release sweeps the host's directories; undefined where another run has it, which does so
 * too.
 */
function sweepingLock({ host, roots, options }: Context) {
  return lockHost('destroy', { host, roots, wait: options.wait }).catch((error: unknown) => {
    if (error instanceof LabnetError && error.code === 'locked') return undefined;
    throw error;
  });
}

/**
 * The report with what of the host is not as it was before the lab; for a lab that was left alone nothing is compared.
 */
async function check({ report, snapshot }: Destroyed, { host, roots }: Context): Promise<DestroyReport> {
  if (report.error !== undefined) return report;
  const differences =
    snapshot === undefined
      ? ['cannot tell: there is no snapshot of the host from when the lab was made, or it cannot be read']
      : await differencesSince(snapshot, report.lab, host, roots).catch((error: unknown) => [
          `cannot tell: ${messageOf(error)}`,
        ]);
  const { dir, run } = labPaths(roots, report.lab);
  const stays = report.kept.length > 0 || report.left.length > 0 ? [] : [dir, run];
  const found = await Promise.all(
    stays.map(async (path) => ((await host.stat(path)) === undefined ? [] : [path])),
  );
  return { ...report, differences: [...differences, ...found.flat().map((path) => `files: new: ${path}`)] };
}

/** The exit status: that of the trouble where all labs have the same one, such as another run that has the lab. */
function statusOf(reports: readonly DestroyReport[]): number {
  const troubles = reports.flatMap(({ error, left, differences = [] }) => {
    if (error !== undefined) return [exitStatus[error.code]];
    return left.length > 0 || differences.length > 0 ? [exitStatus.failed] : [];
  });
  const [first = 0, ...others] = new Set(troubles);
  return others.length === 0 ? first : exitStatus.failed;
}

const hasUndone = ({ removed, alreadyGone, left }: DestroyReport) =>
  removed.length + alreadyGone.length + left.length > 0;

/** The text when there is nothing to remove. It names the labs that there are, which shows a mistyped name. */
async function nothing(named: string | undefined, { host, roots }: Context): Promise<string> {
  const others = await listLabs(host, roots);
  const there = others.length === 0 ? '' : `; there is ${others.join(', ')}`;
  return `There is no lab ${named ?? 'here'}: nothing to remove${there}.`;
}

function text(reports: readonly DestroyReport[]): string {
  return reports
    .flatMap(({ lab, removed, alreadyGone, kept, checkpoints, left, differences, error }) => [
      ...(error === undefined || removed.length + alreadyGone.length > 0
        ? [
            `${lab}: ${removed.length} removed${alreadyGone.length > 0 ? `, ${alreadyGone.length} already gone` : ''}`,
          ]
        : []),
      ...(error === undefined ? [] : [`${lab}: not removed: ${error.message}`]),
      ...(error?.hint === undefined ? [] : [`  ${error.hint}`]),
      ...(checkpoints.length > 0 ? [`checkpoints removed: ${checkpoints.join(', ')}`] : []),
      ...(kept.length > 0 ? [`kept for the next provision: ${kept.join(', ')}`] : []),
      ...left.map(({ id, reason }) => `left: ${id}: ${reason}`),
      ...(differences?.length === 0 ? ['the host is as it was before the first provision'] : []),
      ...(differences ?? []).map((difference) => `not as before: ${difference}`),
    ])
    .join('\n');
}
