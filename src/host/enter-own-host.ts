/** labnet for a user without root: the same labnet, started again as the root of the user's own host. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { LabnetError } from '../errors.ts';
import { flockDirectory } from './lock.ts';
import { endIfIdle, entering, findOwnHost, type OwnDirectories, startOwnHost } from './own-host.ts';
import { childrenOf } from './processes.ts';
import { trustedPath } from './trusted-path.ts';

/** Seconds to wait until nobody makes or ends the user's own host, whose lock all share who are in it. */
const waitSeconds = 60;

/** How often the user's own host is looked for, where others end it again and again just as it was found. */
const mostTries = 5;

/**
 * Runs a command in the user's own host, on this terminal and in this directory, and makes that host where there is
 * none. It ends when no lab is up in it and nobody else is in it.
 *
 * @param signal when aborted, the command is asked to end (SIGTERM); its end is waited for
 * @returns the exit status of the command
 * @throws LabnetError host-cannot where this PC gives its users no namespaces
 */
export async function runInOwnHost(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  directories: OwnDirectories,
  signal: AbortSignal,
): Promise<number> {
  const { pid, lock } = await inUse(directories);
  try {
    return await inside(pid, argv, env, signal);
  } finally {
    await lock.close();
    const last = await flockDirectory(directories.state, 'exclusive', 0);
    if (last !== undefined) {
      await endIfIdle(pid, directories);
      await last.close();
    }
  }
}

/** The user's own host, which does not end before the lock does. */
async function inUse(directories: OwnDirectories) {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const lock = await flockDirectory(directories.state, 'shared', waitSeconds);
    const pid = await findOwnHost(directories);
    if (lock !== undefined && pid !== undefined) return { pid, lock };
    await lock?.close();
    const making = await flockDirectory(directories.state, 'exclusive', waitSeconds);
    try {
      if (making !== undefined && (await findOwnHost(directories)) === undefined)
        await startOwnHost(directories);
    } finally {
      await making?.close();
    }
  }
  throw new LabnetError(
    'locked',
    `another labnet makes or ends your own host again and again (${directories.state})`,
    {
      hint: 'wait for it to end, and type the command again',
    },
  );
}

/**
 * Not execa: the command has this terminal, and its Ctrl-C. nsenter(1), which waits for the command, must not end of that,
 * and Node takes ignored signals back to what they usually do: so env(1) ignores them.
 */
async function inside(
  pid: number,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<number> {
  const ignored = ['INT', 'HUP', 'TERM'].map((name) => `--ignore-signal=${name}`);
  const here = ['env', `--chdir=${process.cwd()}`, `PATH=${env.PATH ?? trustedPath()}`];
  const command = spawn('env', [...ignored, 'nsenter', ...entering(pid), '--', ...here, ...argv], {
    stdio: 'inherit',
    env: { ...env, PATH: trustedPath() },
  });
  const end = () => {
    for (const child of childrenOf(command.pid)) process.kill(child, 'SIGTERM');
  };
  signal.addEventListener('abort', end);
  try {
    const [status, by] = (await once(command, 'exit')) as [number | null, NodeJS.Signals | null];
    return status ?? 128 + (by === null ? 1 : constants.signals[by]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
