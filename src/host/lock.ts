import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabnetError } from '../errors.ts';
import { makeDirectory } from './files.ts';
import { type Holder, startHolder } from './holder.ts';

/** The first descriptor that is free when flock(1) opens the directory. */
const lockDescriptor = 3;

/** flock(1)'s exit status when somebody else holds the lock. */
const busy = 75;

/** Milliseconds that flock(1) may take beyond the time it has been told to wait. */
const timeoutMs = 60_000;

/** A lock that is held until its release. */
export interface Lock {
  release(): Promise<void>;
}

interface LockOptions {
  /** Directory to lock; made if absent. */
  readonly directory: string;
  /** Permissions of the directory. */
  readonly mode: number;
  /** File beside it that names the holder while the lock is held. */
  readonly holderFile: string;
  /** What this run is, for whoever finds the lock taken: "provision lab". */
  readonly purpose: string;
  /** Seconds to wait for the lock. */
  readonly wait: number;
}

/**
 * Takes an exclusive flock(2) on a directory, held by a process that ends with labnet: a killed labnet never leaves it
 * locked, and a Ctrl-C at the terminal never frees it.
 *
 * @throws LabnetError locked, naming the holder.
 */
export async function takeLock(options: LockOptions): Promise<Lock> {
  const { directory, mode, holderFile, purpose, wait } = options;
  await makeDirectory(directory, { mode });
  const holder = await flockDirectory(directory, 'exclusive', wait);
  if (holder === undefined) throw await lockedBy(holderFile);
  if (!(await sameFile(directory, `/proc/${holder.pid}/fd/${lockDescriptor}`))) {
    // The last holder removed the directory while we waited: this is the lock of a thing that is gone.
    await holder.close();
    return takeLock(options);
  }
  const release = async () => {
    try {
      await rm(holderFile, { force: true });
    } finally {
      await holder.close();
    }
  };
  const since = `${purpose} (pid ${process.pid}, since ${new Date().toISOString()})\n`;
  // A courtesy to whoever finds the lock taken. On a full disk there is no room for it, and destroy must work there.
  await writeFile(holderFile, since, { mode: 0o644 }).catch(() => {});
  return { release };
}

/**
 * Takes a flock(2) on a directory that is there, held by a process that ends with labnet.
 *
 * @param wait seconds to wait for it
 * @returns undefined when others hold it
 * @throws LabnetError failed
 */
export async function flockDirectory(
  directory: string,
  how: 'shared' | 'exclusive',
  wait: number,
): Promise<Holder | undefined> {
  const argv = ['flock', `--${how}`, '--conflict-exit-code', String(busy), '--wait', String(wait), directory];
  let isTaken = false;
  try {
    return await startHolder(argv, wait * 1000 + timeoutMs, async ({ status, message }) => {
      isTaken = status === busy;
      return new LabnetError('failed', `cannot lock ${directory}: ${message}`);
    });
  } catch (error) {
    if (isTaken) return undefined;
    throw error;
  }
}

async function lockedBy(holderFile: string): Promise<LabnetError> {
  const holder = await holderIn(holderFile);
  return new LabnetError('locked', `another labnet is at work here${holder === '' ? '' : `: ${holder}`}`, {
    hint: 'wait for it to end, or give --wait SECONDS',
  });
}

/** Milliseconds in which one that has just got the lock writes its name down. */
const introductionMs = 1_000;

/** Who holds the lock: not one that was killed and whose name still stands there. Empty when nobody says so in time. */
async function holderIn(file: string): Promise<string> {
  const deadline = performance.now() + introductionMs;
  for (;;) {
    const text = (await readFile(file, 'utf8').catch(() => '')).trim();
    const [, pid] = /\(pid (\d+), since /.exec(text) ?? [];
    const alive = pid !== undefined && (await stat(`/proc/${pid}`).catch(() => undefined)) !== undefined;
    if (alive) return text;
    if (performance.now() > deadline) return '';
    await sleep(20);
  }
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => stat(path).catch(() => undefined)));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}
