import { stopProcess } from '../action/stop-process.ts';
import { cachePaths } from '../engine/cache.ts';
import { type Undone, undoOrder } from '../engine/destroy.ts';
import type { Entry } from '../engine/journal.ts';
import { chooseLab, listLabs, lockHost, openLab, removeEmptyParents } from '../engine/lab-store.ts';
import { requireRoot } from '../engine/preflight.ts';
import { differencesSince, loadSnapshot, type Snapshot } from '../engine/snapshot.ts';
import { LabnetError, throwIfInterrupted } from '../errors.ts';
import { labPaths } from '../paths.ts';
import { runTasks } from '../pipeline/list.ts';
import { undoTasks } from '../pipeline/undo-tasks.ts';
import { confirm } from './confirm.ts';
import type { Context, Result } from './context.ts';
import { trace } from './trace.ts';

export interface DestroyOptions {
  readonly lab?: string | undefined;
  readonly all?: boolean | undefined;
  /** Overlays, keys and passwords stay for the next provision. */
  readonly keepDisks?: boolean | undefined;
  /** Compare the host with what it was before the first provision. */
  readonly check?: boolean | undefined;
}

/** What came of one lab. */
export interface DestroyReport {
  readonly lab: string;
  readonly removed: readonly string[];
  readonly alreadyGone: readonly string[];
  readonly kept: readonly string[];
  readonly left: readonly { readonly id: string; readonly reason: string }[];
  /** With `--check`: what of the host is not as it was before the first provision. */
  readonly differences?: readonly string[];
}

/** Removes what labnet made, from the journal alone. A lab that is gone already is no error. */
export async function destroy(options: DestroyOptions, context: Context): Promise<Result> {
  const { host, roots } = context;
  requireRoot(context.uid);
  const labs = await labsMeant(options, context);
  const reports: DestroyReport[] = [];
  const snapshots = new Map<string, Snapshot | undefined>();
  for (const lab of labs) {
    const open = await openLab(lab, `destroy ${lab}`, { host, roots, wait: context.options.wait });
    try {
      if (options.check === true) snapshots.set(lab, await loadSnapshot(lab, host, roots));
      const { go, kept } = split(undoOrder(open.journal), lab, options, context);
      await confirmLoss(lab, go, context);
      if (options.keepDisks === true) await shutDown(go, context);
      const undone = await undoAll(lab, go, { ...context, journal: open.journal });
      // They stand on disks that are gone.
      if (options.keepDisks !== true) await host.remove(cachePaths.checkpoints(roots, lab));
      reports.push(report(lab, undone, kept));
    } finally {
      await open.close();
    }
  }
  // Also with nothing to undo: a run that was killed at its very start has left its lock's directory.
  const swept = options.check !== true && reports.some(hasUndone);
  const lock = swept ? undefined : await lockHost('destroy', { host, roots, wait: context.options.wait });
  try {
    const checked = options.check === true ? await Promise.all(reports.map(check)) : reports;
    const ok = checked.every(({ left, differences = [] }) => left.length === 0 && differences.length === 0);
    return {
      json: { ok, labs: checked },
      text: checked.length === 0 ? await nothing(options.lab, context) : text(checked),
      status: ok ? 0 : 1,
    };
  } finally {
    await lock?.release();
    await removeEmptyParents(host, roots);
  }

  async function check(one: DestroyReport): Promise<DestroyReport> {
    const before = snapshots.get(one.lab);
    const differences =
      before === undefined
        ? ['cannot tell: there is no snapshot of the host from when the lab was made, or it cannot be read']
        : await differencesSince(before, one.lab, host, roots);
    const { dir, run } = labPaths(roots, one.lab);
    const stays = one.kept.length > 0 || one.left.length > 0 ? [] : [dir, run];
    const found = await Promise.all(
      stays.map(async (path) => ((await host.stat(path)) === undefined ? [] : [path])),
    );
    return { ...one, differences: [...differences, ...found.flat().map((path) => `files: new: ${path}`)] };
  }
}

/** A lab named that does not exist is destroyed already: twice is fine. */
async function labsMeant({ lab, all }: DestroyOptions, { host, roots }: Context): Promise<readonly string[]> {
  const labs = await listLabs(host, roots);
  if (all === true) return labs;
  if (lab !== undefined) return labs.filter((name) => name === lab);
  return labs.length === 0 ? [] : [await chooseLab(undefined, host, roots)];
}

/** What goes and what `--keep-disks` keeps: what a VM has written, with the keys and the password it knows. */
function split(entries: readonly Entry[], lab: string, { keepDisks }: DestroyOptions, { roots }: Context) {
  const { dir } = labPaths(roots, lab);
  const stays = ({ spec }: Entry) =>
    keepDisks === true &&
    (spec.kind === 'overlay' ||
      spec.kind === 'seed' ||
      spec.kind === 'key-pair' ||
      spec.kind === 'password' ||
      (spec.kind === 'directory' && spec.path.startsWith(`${dir}/`)));
  return { go: entries.filter((entry) => !stays(entry)), kept: entries.filter(stays).map(({ id }) => id) };
}

async function confirmLoss(lab: string, entries: readonly Entry[], context: Context): Promise<void> {
  const disks = entries.flatMap(({ spec }) => (spec.kind === 'overlay' ? [spec.path] : []));
  if (disks.length === 0 || context.options.yes || !context.interactive) return;
  const question = `Destroy ${lab} and all that its VMs have written?\n${disks.map((disk) => `  ${disk}`).join('\n')}\n`;
  if (await confirm(question, context.signal)) return;
  throw new LabnetError('failed', 'nothing was changed', {
    hint: '--keep-disks keeps the disks, --yes asks nothing',
  });
}

/** What is kept must be whole: the guests write out what they hold. Without it, they are simply switched off. */
async function shutDown(entries: readonly Entry[], { host, say, signal }: Context): Promise<void> {
  const machines = entries.flatMap(({ spec }) => (spec.kind === 'machine' ? [spec] : []));
  if (machines.length > 0) say('Shutting the VMs down');
  await Promise.all(
    machines.map(async ({ vm, uid, command: { uuid, qmp } }) => {
      const action = { do: 'stop-process', uuid, uid, qmp, gently: true } as const;
      // What does not end is told by its removal, which comes next.
      const shut = await stopProcess(action, host, signal).catch(() => false);
      if (shut === false && !signal.aborted)
        say(`warning: ${vm} did not shut down and was switched off: what it had not written yet is lost`);
    }),
  );
  throwIfInterrupted(signal);
}

async function undoAll(
  lab: string,
  entries: readonly Entry[],
  context: Context & Pick<Parameters<typeof undoTasks>[1], 'journal'>,
) {
  const { host, roots, options, journal, live } = context;
  const undone: Undone[] = [];
  if (entries.length === 0) return undone;
  const lock = await lockHost(`destroy ${lab}`, { host, roots, wait: options.wait });
  try {
    const run = { host, journal, onAction: trace(context) };
    await runTasks(
      undoTasks(entries, run, (one) => undone.push(one)),
      { quiet: options.quiet, live },
    );
  } finally {
    await lock.release();
  }
  return undone;
}

function report(lab: string, undone: readonly Undone[], kept: readonly string[]): DestroyReport {
  const ids = (outcome: Undone['outcome']) =>
    undone.filter((one) => one.outcome === outcome).map(({ id }) => id);
  const left = undone.flatMap((one) => (one.outcome === 'left' ? [{ id: one.id, reason: one.reason }] : []));
  return { lab, removed: ids('removed'), alreadyGone: ids('already gone'), kept, left };
}

const hasUndone = ({ removed, alreadyGone, left }: DestroyReport) =>
  removed.length + alreadyGone.length + left.length > 0;

/** A name that is mistyped is seen by the names that there are. */
async function nothing(named: string | undefined, { host, roots }: Context): Promise<string> {
  const others = await listLabs(host, roots);
  const there = others.length === 0 ? '' : `; there is ${others.join(', ')}`;
  return `There is no lab ${named ?? 'here'}: nothing to remove${there}.`;
}

function text(reports: readonly DestroyReport[]): string {
  return reports
    .flatMap(({ lab, removed, alreadyGone, kept, left, differences }) => [
      `${lab}: ${removed.length} removed${alreadyGone.length > 0 ? `, ${alreadyGone.length} already gone` : ''}`,
      ...(kept.length > 0 ? [`kept for the next provision: ${kept.join(', ')}`] : []),
      ...left.map(({ id, reason }) => `left: ${id}: ${reason}`),
      ...(differences?.length === 0 ? ['the host is as it was before the first provision'] : []),
      ...(differences ?? []).map((difference) => `not as before: ${difference}`),
    ])
    .join('\n');
}
