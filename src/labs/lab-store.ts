/** The labs that exist on this host: each a directory with the journal and the plan it was made from. */

import { type Journal, openJournal } from '../engine/journal.ts';
import { LabnetError, RootNeeded } from '../errors.ts';
import { temporaryPrefix } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type Lock, takeLock } from '../host/lock.ts';
import { requireOwnDirectory } from '../host/own-directory.ts';
import { labPaths, type Roots } from '../paths.ts';
import type { Plan } from '../plan/plan.ts';
import { formatPlan, parsePlan } from './plan-file.ts';

/** A lab that this run has to itself. */
export interface OpenLab {
  readonly name: string;
  readonly journal: Journal;
  close(): Promise<void>;
}

/**
 * The names of the labs on this host: those directories under `labs/` whose names a lab can have. labnet leaves alone
 * what else lies there.
 */
export async function listLabs(host: Host, roots: Pick<Roots, 'state'>): Promise<readonly string[]> {
  const names = (await host.list(`${roots.state}/labs`)).filter((name) =>
    /^[a-z0-9][a-z0-9-]{0,19}$/.test(name),
  );
  const facts = await Promise.all(names.map((name) => host.stat(`${roots.state}/labs/${name}`)));
  return names.filter((_, index) => facts[index]?.kind === 'directory');
}

/**
 * The lab a command means: the one named, or the only one there is.
 * @throws LabnetError usage when there are several and none is named, or the named one does not exist; RootNeeded when it is root's.
 */
export async function chooseLab(named: string | undefined, host: Host, roots: Roots): Promise<string> {
  const labs = await listLabs(host, roots);
  if (named !== undefined) {
    if (labs.includes(named)) return named;
    if (await isRoots(named, host, roots))
      throw new RootNeeded(`the lab ${named} is root's on this PC, and not one of your own`);
    if (labs.length === 0)
      throw new LabnetError('usage', `no lab ${named}: there is none on this host`, { hint: makesOne });
    const hint = `${labs.length === 1 ? 'the lab there is' : 'the labs there are'}: ${labs.join(', ')}`;
    throw new LabnetError('usage', `no lab ${named} on this host`, { hint });
  }
  const [only, ...others] = labs;
  if (only === undefined) {
    throw new LabnetError('usage', 'there is no lab on this host', { hint: makesOne });
  }
  if (others.length > 0) {
    throw new LabnetError('usage', `there are several labs: ${labs.join(', ')}`, {
      hint: 'name the one you mean',
    });
  }
  return only;
}

const makesOne = 'sudo labnet provision --vms 2 makes one';

/** Whether root has a lab of that name on this PC, as an ordinary user sees it. */
async function isRoots(name: string, host: Host, { pcState }: Roots): Promise<boolean> {
  if (pcState === undefined) return false;
  return (await listLabs(host, { state: pcState })).includes(name);
}

/** What is needed to lock and open labs. */
export interface StoreContext {
  readonly host: Host;
  readonly roots: Roots;
  /** Seconds to wait for a lock. */
  readonly wait: number;
}

/**
 * Locks what all labs share: names of links, subnets, settings. Releasing the lock also removes what a killed run left
 * of its temporary directories, and the run directory when nothing is left in it.
 *
 * @throws LabnetError locked.
 */
export async function lockHost(purpose: string, { host, roots, wait }: StoreContext): Promise<Lock> {
  await requireOwnDirectory(roots.run, { swept: true });
  await requireOwnDirectory(roots.cache);
  const holderFile = `${roots.run}/holder`;
  const lock = await lockIn([roots.run], host, () =>
    takeLock({
      directory: roots.run,
      mode: 0o711,
      holderFile,
      purpose,
      wait: Math.max(wait, sharedWaitSeconds),
    }),
  );
  return {
    async release() {
      try {
        await host.remove(holderFile);
        const temporary = (await host.list(roots.run)).filter((name) => name.startsWith(temporaryPrefix));
        for (const name of temporary) await host.remove(`${roots.run}/${name}`);
        await host.removeEmptyDirectory(roots.run);
      } finally {
        await lock.release();
      }
    },
  };
}

/** The fewest seconds to wait for the host's lock, even without --wait: another lab's turn at the host is short. */
const sharedWaitSeconds = 60;

/**
 * The mode of directories that show the names of labs and of their VMs to everyone, for completion in a user's shell.
 * What lies in them is closed by itself: each file, and each VM's directory.
 */
const listed = 0o755;

/** Locks a lab and opens its journal, making its directory if need be. @throws LabnetError locked. */
export async function openLab(
  name: string,
  purpose: string,
  { host, roots, wait }: StoreContext,
): Promise<OpenLab> {
  await requireOwnDirectory(roots.state);
  await requireOwnDirectory(roots.run, { swept: true });
  const { dir, journal: path } = labPaths(roots, name);
  const lock = await lockIn([dir, ...parentsOf(roots)], host, async () => {
    await host.makeDirectory(`${roots.state}/labs`, { mode: listed });
    return takeLock({ directory: dir, mode: listed, holderFile: `${dir}/holder`, purpose, wait });
  });
  try {
    const journal = await openJournal(path, name, host);
    return { name, journal, close: () => closeLab(name, journal, lock, host, roots) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Closes a lab. One with nothing left in its journal is no lab: its directory is removed, while the lock on it is still
 * held.
 */
async function closeLab(name: string, journal: Journal, lock: Lock, host: Host, roots: Roots): Promise<void> {
  const { dir, journal: path, plan, snapshot } = labPaths(roots, name);
  if (journal.entries().length > 0) return lock.release();
  try {
    await host.remove(plan);
    await host.remove(snapshot);
    await host.remove(path);
    await host.remove(`${dir}/holder`);
    await host.removeEmptyDirectory(dir);
  } finally {
    await lock.release();
  }
  await removeEmptyParents(host, roots);
}

/** Removes those of labnet's own directories that hold nothing. */
export async function removeEmptyParents(host: Host, roots: Roots): Promise<void> {
  for (const parent of parentsOf(roots)) await host.removeEmptyDirectory(parent);
}

const parentsOf = (roots: Roots) => [`${roots.state}/labs`, roots.state, roots.run];

/** Takes a lock; where it cannot be had, the directories that were made for it go, if nothing else is in them. */
async function lockIn(made: readonly string[], host: Host, take: () => Promise<Lock>): Promise<Lock> {
  try {
    return await take();
  } catch (error) {
    // When another run has the lock nothing is removed: that run may be just about to write there.
    const taken = error instanceof LabnetError && error.code === 'locked';
    if (!taken) for (const directory of made) await host.removeEmptyDirectory(directory);
    throw error;
  }
}

/** Keeps the plan for verify, ssh and console. It holds no secret; root alone may write it, since root follows it. */
export async function savePlan(plan: Plan, host: Host, roots: Roots): Promise<void> {
  await host.write(labPaths(roots, plan.lab).plan, formatPlan(plan), { mode: 0o600 });
}

/**
 * Loads the plan that a lab was made from, and gives the host the plan's pace.
 *
 * @throws LabnetError when there is none, or it is not as labnet wrote it
 */
export async function loadPlan(lab: string, host: Host, roots: Roots): Promise<Plan> {
  const path = labPaths(roots, lab).plan;
  const text = await host.read(path);
  if (text === undefined) {
    throw new LabnetError('failed', `the lab ${lab} was never made whole`, {
      hint: `sudo labnet destroy ${lab}`,
    });
  }
  const plan = parsePlan(text, lab, path, host.ground);
  host.slowed(plan.pace);
  return plan;
}
