import { once } from 'node:events';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { LabnetError } from '../errors.ts';
import { makeDirectory } from './files.ts';
import { missingProgram } from './programs.ts';
import { trustedPath } from './trusted-path.ts';

/** The first descriptor that is free when flock(1) opens the directory. */
const lockDescriptor = 3;

/** flock(1)'s exit status when somebody else holds the lock. */
const busy = 75;

export interface Lock {
  release(): Promise<void>;
}

export interface LockOptions {
  /** Directory to lock; made if absent. */
  readonly directory: string;
  /** File beside it that names the holder while the lock is held. */
  readonly holderFile: string;
  /** What this run is, for whoever finds the lock taken: "provision lab". */
  readonly purpose: string;
  /** Seconds to wait for it. */
  readonly wait: number;
}

/**
 * Takes an exclusive flock(2) on a directory. It is held by a helper in a session of its own that ends when labnet's
 * end of its pipe closes, so a killed labnet never leaves it locked, and a Ctrl-C at the terminal never frees it.
 *
 * @throws LabnetError locked, naming the holder.
 */
export async function takeLock({ directory, holderFile, purpose, wait }: LockOptions): Promise<Lock> {
  await makeDirectory(directory, { mode: 0o711 });
  const helper = execa(
    'flock',
    ['--exclusive', '--conflict-exit-code', String(busy), '--wait', String(wait), directory, 'cat'],
    {
      detached: true,
      reject: false,
      env: { PATH: trustedPath() },
      extendEnv: false,
      stdin: 'pipe',
      stdout: 'pipe',
    },
  );
  helper.stdin.on('error', () => {});
  // The echo tells that the lock is ours: cat runs only then.
  helper.stdin.write('\n');
  const refused = helper.then(async ({ code, exitCode, shortMessage }) => {
    if (code === 'ENOENT') throw missingProgram('flock');
    if (exitCode !== busy) throw new Error(`cannot lock ${directory}: ${shortMessage}`);
    const holder = (await readFile(holderFile, 'utf8').catch(() => '')).trim();
    throw new LabnetError('locked', `another labnet is at work here${holder === '' ? '' : `: ${holder}`}`, {
      hint: 'wait for it to end, or give --wait SECONDS',
    });
  });
  refused.catch(() => {});
  await Promise.race([once(helper.stdout, 'data'), refused]);
  if (!(await sameFile(directory, `/proc/${helper.pid}/fd/${lockDescriptor}`))) {
    // The last holder removed the directory while we waited: this is the lock of a thing that is gone.
    helper.stdin.end();
    await helper;
    return takeLock({ directory, holderFile, purpose, wait });
  }
  await writeFile(holderFile, `${purpose} (pid ${process.pid}, since ${new Date().toISOString()})\n`, {
    mode: 0o644,
  });
  return {
    async release() {
      await rm(holderFile, { force: true });
      helper.stdin.end();
      await helper;
    },
  };
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => stat(path).catch(() => undefined)));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}
