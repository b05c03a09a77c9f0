import { LabnetError } from '../errors.ts';
import {
  checkpointDirectory,
  findCheckpoint,
  listCheckpoints,
  removeEmptyPlaces,
  removeFormer,
  requireCheckpointName,
} from '../kept/checkpoints.ts';
import { saveAgain } from '../kept/save-lab.ts';
import { formatDisk } from '../lab/quantity.ts';
import { chooseLab, loadPlan, lockHost, openLab } from '../labs/lab-store.ts';
import { table } from '../report/table.ts';
import { requireYes } from '../runs/confirm.ts';
import type { Context, Result } from '../runs/context.ts';
import { withClocksSet } from '../verify/set-clocks.ts';

/** Saves a running lab under a name: all VMs paused together, memory and disks. */
export async function checkpointMake(
  name: string,
  named: string | undefined,
  context: Context,
): Promise<Result<'checkpoint-make'>> {
  const { host, roots, signal, options } = context;
  requireNewName(name);
  const lab = await chooseLab(named, host, roots);
  const open = await openLab(lab, `checkpoint ${lab}`, { host, roots, wait: options.wait });
  try {
    const plan = await loadPlan(lab, host, roots);
    const lock = await lockHost(`checkpoint ${lab}`, { host, roots, wait: options.wait });
    const directory = checkpointDirectory(roots, lab, name);
    const to = { host, roots, signal };
    await withClocksSet(
      plan,
      (onPaused) =>
        saveAgain(plan, directory, name, to, onPaused)
          .then(() => removeFormer(lab, name, host, roots))
          .finally(() => lock.release()),
      context.say,
      to,
    );
  } finally {
    await open.close();
  }
  return {
    json: { ok: true, lab, checkpoint: name },
    text: `${lab}: checkpoint ${name} made; sudo labnet restore ${name} --lab ${lab} brings the lab back to it`,
  };
}

/** Lists the checkpoints of a lab. */
export async function checkpointList(
  named: string | undefined,
  context: Context,
): Promise<Result<'checkpoint-list'>> {
  const { host, roots } = context;
  const lab = await chooseLab(named, host, roots);
  const found = await listCheckpoints(lab, host, roots);
  const rows = found.map(({ name, saved }) =>
    saved === undefined
      ? [name, '-', 'cannot be read: half made, or of another labnet']
      : [name, saved.created, formatDisk(saved.bytes)],
  );
  return {
    json: {
      ok: true,
      lab,
      checkpoints: found.flatMap(({ name, saved }) => (saved === undefined ? [] : [{ name, ...saved }])),
      unreadable: found.flatMap(({ name, saved }) => (saved === undefined ? [name] : [])),
    },
    text: rows.length === 0 ? `${lab} has no checkpoint` : table([['CHECKPOINT', 'MADE', 'SIZE'], ...rows]),
  };
}

/** The words of `labnet checkpoint` itself, after which no checkpoint can be named. */
const ownWords = ['list', 'make', 'remove', 'help'];

/**
 * Removes one checkpoint, also one that cannot be read.
 *
 * @throws LabnetError usage when there is none of that name; failed when the user says no
 */
export async function checkpointRemove(
  name: string,
  named: string | undefined,
  context: Context,
): Promise<Result<'checkpoint-remove'>> {
  const { host, roots } = context;
  const lab = await chooseLab(named, host, roots);
  const locked = async <T>(work: () => Promise<T>): Promise<T> => {
    const lock = await lockHost(`checkpoint remove ${lab}`, { host, roots, wait: context.options.wait });
    return work().finally(() => lock.release());
  };
  const directory = await locked(() => findCheckpoint(lab, name, host, roots));
  if (directory === undefined) {
    const names = (await listCheckpoints(lab, host, roots)).map((one) => one.name);
    throw new LabnetError('usage', `${lab} has no checkpoint ${JSON.stringify(name)}`, {
      hint: names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`,
    });
  }
  // The lock is not held here, so that nobody waits while the user thinks.
  await requireYes(`Remove the checkpoint ${name} of ${lab}?\n`, '--yes asks nothing', context);
  await locked(async () => {
    await host.remove(directory);
    await removeEmptyPlaces(lab, host, roots);
  });
  return { json: { ok: true, lab, removed: [name] }, text: `${lab}: checkpoint ${name} removed` };
}

/** Refuses a name that `labnet checkpoint NAME` could not mean. @throws LabnetError usage */
function requireNewName(name: string): void {
  requireCheckpointName(name);
  if (!ownWords.includes(name)) return;
  throw new LabnetError('usage', `${JSON.stringify(name)} cannot name a checkpoint`, {
    hint: `any name but ${ownWords.join(', ')}, which are words of the command itself`,
  });
}
