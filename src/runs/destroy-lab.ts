import { stopProcess } from '../action/stop-process.ts';
import { type Undone, undoOrder } from '../engine/destroy.ts';
import type { Entry } from '../engine/journal.ts';
import { expected, LabnetError, messageOf, throwIfInterrupted } from '../errors.ts';
import { listCheckpoints, removeCheckpoints } from '../kept/checkpoints.ts';
import { lockHost, openLab } from '../labs/lab-store.ts';
import { loadSnapshot, type Snapshot } from '../labs/snapshot.ts';
import { labPaths } from '../paths.ts';
import { oneByOne } from '../progress/progress.ts';
import type { Output } from '../report/output.ts';
import { requireYes } from './confirm.ts';
import type { Context } from './context.ts';
import { trace } from './trace.ts';
import { undoSteps } from './undo-steps.ts';

/** The options of the command destroy. */
export interface DestroyOptions {
  readonly lab?: string | undefined;
  readonly all?: boolean | undefined;
  /** Whether overlays, keys and passwords stay for the next provision. */
  readonly keepDisks?: boolean | undefined;
  /** Whether the host is compared with what it was before the first provision. */
  readonly check?: boolean | undefined;
}

/** What came of one lab. */
export type DestroyReport = Output<'destroy'>['labs'][number];

/** Why something was not done. */
type Trouble = NonNullable<DestroyReport['error']>;

/** What came of one lab, and why it was given up, if it was. */
export interface Destroyed {
  readonly report: DestroyReport;
  /** The host before the lab was made; only with `--check`. */
  readonly snapshot: Snapshot | undefined;
  readonly error: unknown;
}

/** Removes one lab, from its journal alone. What was removed is reported also where it ends early. */
export async function destroyLab(lab: string, options: DestroyOptions, context: Context): Promise<Destroyed> {
  const { host, roots } = context;
  const undone: Undone[] = [];
  let kept: readonly string[] = [];
  let checkpoints: readonly string[] = [];
  let snapshot: Snapshot | undefined;
  let error: unknown;
  try {
    const open = await openLab(lab, `destroy ${lab}`, { host, roots, wait: context.options.wait });
    try {
      if (options.check === true) snapshot = await loadSnapshot(lab, host, roots);
      const parts = split(undoOrder(open.journal), lab, options, context);
      // Checkpoints stand on the lab's disks, and go with them.
      const lost = options.keepDisks === true ? [] : await listCheckpoints(lab, host, roots);
      const names = lost.map(({ name }) => name);
      await confirmLoss(lab, parts.go, names, context);
      tellUnknown(parts.go, options, context);
      kept = parts.kept;
      if (options.keepDisks === true) await shutDown(parts.go, context);
      await undoAll(lab, parts.go, { ...context, journal: open.journal }, (one) => undone.push(one));
      if (options.keepDisks !== true) await removeCheckpoints(lab, host, roots);
      checkpoints = names;
    } finally {
      await open.close();
    }
  } catch (thrown) {
    error = expected(thrown);
  }
  const trouble = error === undefined ? {} : { error: troubleOf(error) };
  return { report: { ...report(lab, undone, kept), checkpoints, ...trouble }, snapshot, error };
}

function troubleOf(error: unknown): Trouble {
  if (!(error instanceof LabnetError)) return { code: 'failed', message: messageOf(error) };
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/**
 * Parts the entries into what goes and what `--keep-disks` keeps: what a VM has written, with the keys and the password
 * it knows.
 */
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

async function confirmLoss(
  lab: string,
  entries: readonly Entry[],
  checkpoints: readonly string[],
  context: Context,
): Promise<void> {
  const disks = entries.flatMap(({ spec }) => (spec.kind === 'overlay' ? [spec.path] : []));
  const lost = [...disks, ...checkpoints.map((name) => `checkpoint ${name}`)];
  if (lost.length === 0) return;
  const question = `Destroy ${lab} and all that its VMs have written?\n${lost.map((one) => `  ${one}`).join('\n')}\n`;
  await requireYes(question, '--keep-disks keeps the disks, --yes asks nothing', context);
}

/**
 * Warns of what another labnet has made, which is removed without being seen.
 *
 * @throws LabnetError failed with `--keep-disks`, since a disk may be among it
 */
function tellUnknown(
  entries: readonly Entry[],
  { keepDisks }: DestroyOptions,
  { say }: Pick<Context, 'say'>,
): void {
  const those = entries.flatMap(({ id, spec }) => (spec.kind === 'unknown' ? [id] : [])).join(', ');
  if (those === '') return;
  if (keepDisks === true) {
    throw new LabnetError('failed', `another labnet has made ${those}: whether it is a disk cannot be told`, {
      hint: 'use that labnet; without --keep-disks all is removed as it has noted down',
    });
  }
  say(
    `warning: another labnet has made ${those}: removed as that one has noted down, without being looked at`,
  );
}

/**
 * Shuts the VMs down, for disks that are kept must be whole: the guests write out what they hold. Without
 * `--keep-disks`, the VMs are simply switched off.
 */
async function shutDown(entries: readonly Entry[], { host, say, signal }: Context): Promise<void> {
  const machines = entries.flatMap(({ spec }) => (spec.kind === 'machine' ? [spec] : []));
  if (machines.length > 0) say('Shutting the VMs down');
  await Promise.all(
    machines.map(async ({ vm, uid, command: { uuid, qmp } }) => {
      const action = { do: 'stop-process', uuid, uid, qmp, gently: true } as const;
      // A VM that does not end is told of by its removal, which comes next.
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
  context: Context & Pick<Parameters<typeof undoSteps>[1], 'journal'>,
  onUndone: (one: Undone) => void,
): Promise<void> {
  const { host, roots, options, journal, progress } = context;
  if (entries.length === 0) return;
  const lock = await lockHost(`destroy ${lab}`, { host, roots, wait: options.wait });
  try {
    const run = { host, journal, onAction: trace(context) };
    await oneByOne(undoSteps(entries, run, onUndone), progress);
  } finally {
    await lock.release();
  }
}

function report(
  lab: string,
  undone: readonly Undone[],
  kept: readonly string[],
): Omit<DestroyReport, 'checkpoints'> {
  const ids = (outcome: Undone['outcome']) =>
    undone.filter((one) => one.outcome === outcome).map(({ id }) => id);
  const left = undone.flatMap((one) => (one.outcome === 'left' ? [{ id: one.id, reason: one.reason }] : []));
  return { lab, removed: ids('removed'), alreadyGone: ids('already gone'), kept, left };
}
