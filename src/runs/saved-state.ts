/** How provision uses the cache of saved labs, and fills it. */

import { messageOf } from '../errors.ts';
import type { Lock } from '../host/lock.ts';
import { cachePaths, pruneCache, touchKept } from '../kept/cache.ts';
import { labKey } from '../kept/lab-key.ts';
import { makeRoom, mostToSave } from '../kept/room.ts';
import { requireRunning, saveLab } from '../kept/save-lab.ts';
import { givenPasswords, readSaved } from '../kept/saved-lab.ts';
import { formatDisk } from '../lab/quantity.ts';
import { lockHost } from '../labs/lab-store.ts';
import { cacheLimit } from '../observe/resources.ts';
import type { Plan } from '../plan/plan.ts';
import { withClocksSet } from '../verify/set-clocks.ts';
import type { Context } from './context.ts';

/** Where this very lab is, or would be, kept. */
export interface StatePlace {
  readonly key: string;
  readonly directory: string;
  /** Whether a state is there, whole. */
  readonly there: boolean;
}

/** Finds where this very lab is, or would be, kept. */
export async function placeOf(
  plan: Plan,
  secrets: ReadonlyMap<string, string>,
  { host, roots }: Pick<Context, 'host' | 'roots'>,
): Promise<StatePlace> {
  const key = await labKey(plan, host);
  const directory = cachePaths.state(roots, key);
  const there =
    (await readSaved(directory, host)) !== undefined &&
    (await givenPasswords(directory, plan, secrets, host));
  if (there) await touchKept(directory, host);
  return { key, directory, there };
}

/**
 * Keeps a lab that has just been proved. That this fails is no failure of the lab: it is said, and the run goes on.
 *
 * @throws LabnetError failed when a VM does not run afterwards
 */
export function keepState(plan: Plan, place: StatePlace, context: KeepContext): Promise<boolean> {
  const keeping = (onPaused: (pausedMs: number) => void) => keep(plan, place, context, onPaused);
  return withClocksSet(plan, keeping, context.say, context);
}

type KeepContext = Pick<Context, 'host' | 'roots' | 'signal' | 'say' | 'options'>;

async function keep(
  plan: Plan,
  { key, directory }: StatePlace,
  { host, roots, signal, say, options }: KeepContext,
  onPaused: (pausedMs: number) => void,
): Promise<boolean> {
  let lock: Lock | undefined;
  let begun = false;
  try {
    lock = await lockHost(`keep ${plan.lab}`, { host, roots, wait: options.wait });
    // A VM that was started again under another accelerator is not what the key names.
    if ((await labKey(plan, host)) !== key) return false;
    await makeRoom(await mostToSave(plan, host), 'it', host, roots);
    begun = true;
    await saveLab(plan, directory, key, { host, roots, signal }, onPaused);
    const limit = await cacheLimit(roots.cache);
    const own = (await pruneCache(limit, host, roots)).find((one) => one.directory === directory);
    if (own === undefined) return true;
    say(
      `the state of ${plan.lab} is not kept: it takes ${formatDisk(own.bytes)}, and all that is kept may take ${formatDisk(limit)}`,
    );
    return false;
  } catch (error) {
    say(`the state of ${plan.lab} is not kept: ${messageOf(error)}`);
    if (begun) await requireRunning(plan, host);
    return false;
  } finally {
    await lock?.release();
  }
}
