import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync, watch } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabnetError } from '../errors.ts';
import type { Holder } from './holder.ts';
import type { Host } from './host.ts';
import { openView } from './in-view.ts';
import { enteringMounts } from './private-mounts.ts';
import { missingProgram } from './programs.ts';
import { inScope } from './scope.ts';
import { sealedOnce } from './sealed-memory.ts';
import { quoteCommand } from './shell-quote.ts';
import type { SpawnOptions } from './spawn-options.ts';
import { trustedPath } from './trusted-path.ts';
import { untilItRuns } from './until-it-runs.ts';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Starts a process that outlives labnet, as Host.spawn tells. */
export async function spawnDetached(
  argv: readonly string[],
  options: SpawnOptions,
  host: Host,
  trace: (line: string) => void,
): Promise<number> {
  const limit = options.ready.seconds * host.pace;
  if (options.view === undefined) return start(argv, options, { limit, trace });
  const view = await openView(options.view, host);
  try {
    return await start(argv, options, { limit, view, trace });
  } finally {
    await view.close();
  }
}

interface Start {
  /** Seconds until it must be up. */
  readonly limit: number;
  /** The mount namespace that it starts in. */
  readonly view?: Holder;
  readonly trace: (line: string) => void;
}

async function start(
  argv: readonly string[],
  options: SpawnOptions,
  { limit, view, trace }: Start,
): Promise<number> {
  const enter = [
    ...(options.namespace === undefined ? [] : [`--net=${options.namespace}`]),
    ...(view === undefined ? [] : enteringMounts(view)),
  ];
  const entering = enter.length === 0 ? argv : ['nsenter', ...enter, '--', ...argv];
  const { scope } = options;
  const [program = '', ...args] = scope === undefined ? entering : inScope(entering, scope);
  trace(quoteCommand([program, ...args]));
  const memory = options.sealed === undefined ? undefined : await sealedOnce(options.sealed);
  // The directory is the VM's own: a link there must not lead root to another file.
  const shared = options.shared === undefined ? undefined : openSync(options.shared, O_RDWR | O_NOFOLLOW);
  const input = options.input === undefined ? undefined : openSync(options.input, O_RDONLY | O_NOFOLLOW);
  const stdin = options.stdin === undefined ? undefined : openSync(options.stdin, O_RDONLY | O_NOFOLLOW);
  const log = openSync(options.log, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    // Not execa: this process outlives labnet and must write to a file of its own, where execa would put a pipe.
    const subprocess = untilItRuns(() =>
      spawn(program, args, {
        detached: true,
        env: { PATH: trustedPath() },
        stdio: [
          stdin ?? (options.stdinText === undefined ? 'ignore' : 'pipe'),
          log,
          log,
          ...given(input, memory ?? shared),
        ],
      }),
    );
    // The process may end before it has read its input: how it ended tells more.
    subprocess.stdin?.on('error', () => {}).end(options.stdinText);
    const over = new AbortController();
    let hasEnded = false;
    const end = endOf(subprocess).then(async (how) => {
      hasEnded = true;
      over.abort();
      if (how === 'ENOENT') throw missingProgram(program);
      throw new LabnetError(
        'failed',
        `${quoteCommand(argv)}\nended at once (${how}): ${await tail(options.log)}`,
      );
    });
    end.catch(() => {});
    // Not AbortSignal.any with a timeout: once its source is garbage, that never comes (Node 20.20, seen).
    const timer = setTimeout(() => over.abort(), limit * 1000);
    const up = await pathAppears(options.ready.path, over.signal).finally(() => clearTimeout(timer));
    if (hasEnded) await end;
    if (!up) {
      subprocess.kill('SIGKILL');
      throw new LabnetError(
        'failed',
        `${quoteCommand(argv)}\nis not up after ${Math.round(limit)} s (awaited: ${options.ready.path}): ${await tail(options.log)}`,
      );
    }
    subprocess.unref();
    if (subprocess.pid === undefined) throw new Error('a running process without a pid');
    return subprocess.pid;
  } finally {
    closeSync(log);
    for (const file of [stdin, input, shared]) if (file !== undefined) closeSync(file);
  }
}

/** The descriptors 3 and 4: nothing is open that was not given. */
function given(third: number | undefined, fourth: number | undefined): readonly (number | 'ignore')[] {
  if (fourth !== undefined) return [third ?? 'ignore', fourth];
  return third === undefined ? [] : [third];
}

/** How a process ended, in words; ENOENT when there was no such program. */
function endOf(subprocess: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    subprocess.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    subprocess.once('exit', (status, signal) => resolve(signal ?? `status ${status}`));
  });
}

/** Whether the path has come to exist before the signal. It is woken by inotify, not by a clock. */
async function pathAppears(path: string, signal: AbortSignal): Promise<boolean> {
  const exists = () =>
    access(path).then(
      () => true,
      () => false,
    );
  const directory = watch(dirname(path), { persistent: true });
  try {
    for (;;) {
      const change = new Promise<void>((resolve) => {
        directory.once('change', () => resolve());
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      if (await exists()) return true;
      if (signal.aborted) return false;
      await change;
    }
  } finally {
    directory.close();
  }
}

async function tail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-5).join('\n') || 'it said nothing';
}
