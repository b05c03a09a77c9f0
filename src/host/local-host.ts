/**
 * The machine labnet runs on. Every helper process gets a session of its own, so that the terminal's Ctrl-C reaches
 * labnet alone and labnet decides what happens next.
 */
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { LabnetError } from '../errors.ts';
import { groundHere } from '../ground-kind.ts';
import { CommandFailed } from './command-failed.ts';
import { copy } from './copy-file.ts';
import { exchange } from './exchange.ts';
import * as files from './files.ts';
import type { Host, Output, RunOptions } from './host.ts';
import { inNamespace } from './namespace.ts';
import { openPrivateMounts } from './private-mounts.ts';
import * as processes from './processes.ts';
import { missingProgram } from './programs.ts';
import { openQmp } from './qmp.ts';
import { readInput } from './read-input.ts';
import { receive } from './receive-file.ts';
import { quoteCommand } from './shell-quote.ts';
import { spawnDetached } from './spawn-detached.ts';
import { tiedIn } from './tied.ts';
import { trustedPath } from './trusted-path.ts';
import { untilItRuns } from './until-it-runs.ts';
import { waitForExit } from './wait-for-exit.ts';

/** Milliseconds that a command may take unless told. */
const defaultTimeoutMs = 60_000;

/**
 * Milliseconds that QEMU may take to answer unless told: under load, one that has just been started can be busy with
 * its guest for seconds.
 */
const qmpTimeoutMs = 30_000;

/**
 * Makes the host that is this machine.
 *
 * @param trace is told each command line before it runs: `--verbose`
 * @param patience how many times longer than usual everything may take, whatever the host is seen to need: `--patience`
 */
export function localHost(trace: (line: string) => void = () => {}, patience = 1): Host {
  let pace = patience;
  const host: Host = {
    ...files,
    ...processes,
    ground: groundHere(),
    get pace() {
      return pace;
    },
    slowed(other) {
      pace = Math.max(pace, other);
    },
    run: (argv, { timeout = defaultTimeoutMs, ...options } = {}) =>
      run(argv, { ...options, timeout: timeout * pace }, trace),
    waitForExit: (pid, timeout, signal) => waitForExit(pid, timeout * pace, signal),
    spawn: (argv, options) => spawnDetached(argv, options, host, trace),
    attach: (argv, { namespace }) => attach(inNamespace(argv, namespace)),
    copy,
    readInput,
    receive: (socket, options) => receive(socket, options, pace),
    privateMounts: () => openPrivateMounts(pace),
    async qmp(socket, command, args = {}, timeout = qmpTimeoutMs) {
      const client = await openQmp(socket, { timeout: timeout * pace });
      try {
        return await client.execute(command, args);
      } finally {
        client.close();
      }
    },
    exchange: (socket, text, options) =>
      exchange(socket, text, { ...options, first: options.first * pace, timeout: options.timeout * pace }),
    async bootId() {
      return ((await files.read('/proc/sys/kernel/random/boot_id')) ?? '').trim();
    },
  };
  return host;
}

/** The exit status for a signal, as a shell has it: 130 for a program that Ctrl-C ended. */
function statusOfSignal(signal: NodeJS.Signals | undefined): number {
  return signal === undefined ? 1 : 128 + constants.signals[signal];
}

/**
 * Runs a command on labnet's own terminal. Of the user's environment it gets only the kind of terminal: root runs it,
 * and the environment goes on to the guest.
 */
async function attach([program = '', ...args]: readonly string[]): Promise<number> {
  const { TERM = 'dumb' } = process.env;
  const env = { PATH: trustedPath(), LC_ALL: 'C.UTF-8', TERM };
  const result = await execa(program, args, { stdio: 'inherit', reject: false, extendEnv: false, env });
  if (result.code === 'ENOENT') throw missingProgram(program);
  return result.exitCode ?? statusOfSignal(result.signal);
}

/** What setpriv, prlimit and nsenter say of a program that is not there. */
const notFound = /^(?:setpriv|prlimit|nsenter): failed to execute (\S+): No such file/m;

/**
 * Runs a command to its end. Each command that changes something ends with the labnet that waits for it, also when that
 * is killed: what destroy then finds changes no more, and no session lingers in a namespace that is to go (see
 * tied.ts).
 */
async function run(
  argv: readonly string[],
  options: RunOptions & { readonly timeout: number },
  trace: (line: string) => void,
): Promise<Output> {
  const { timeout } = options;
  const line = quoteCommand(inNamespace(argv, options.namespace));
  trace(line);
  // A child inherits the umask at the moment it is started, and execa starts it at once.
  const umask = options.umask === undefined ? undefined : process.umask(options.umask);
  const [program = '', ...args] = tiedIn(argv, options.namespace);
  const subprocess = untilItRuns(() =>
    execa(program, args, {
      detached: true,
      reject: false,
      extendEnv: false,
      env: { PATH: trustedPath(), LC_ALL: 'C.UTF-8', ...options.env },
      stdin: options.stdin === undefined ? 'ignore' : 'pipe',
      ...(options.stdin === undefined ? {} : { input: options.stdin }),
      timeout,
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      forceKillAfterDelay: 2_000,
      // For execa to gather what is said takes a millisecond of processor time more for each command.
      buffer: false,
    }),
  );
  if (umask !== undefined) process.umask(umask);
  const { most = mostSaid } = options;
  let flood = false;
  const stop = () => {
    flood = true;
    subprocess.kill();
  };
  const stdout = listenTo(subprocess.stdout, options.onLine, most, stop);
  const stderr = listenTo(subprocess.stderr, options.onLine, most, stop);
  const result = await subprocess;
  if (result.code === 'ENOENT') throw missingProgram(program);
  const [, missing] = (result.exitCode === 127 && notFound.exec(stderr())) || [];
  if (missing !== undefined) throw missingProgram(missing);
  if (result.isCanceled) throw new LabnetError('interrupted', `interrupted: ${quoteCommand(argv)}`);
  if (flood) throw new CommandFailed(argv, line, { how: 'flood', most }, stderr().slice(0, 1_000));
  if (result.timedOut) throw new CommandFailed(argv, line, { how: 'timeout', ms: timeout }, stderr());
  if (result.signal !== undefined) {
    throw new CommandFailed(argv, line, { how: 'signal', signal: result.signal }, stderr());
  }
  // The host would not start it (no permission, no more processes): that is no answer of the command's own.
  if (result.exitCode === undefined)
    throw new CommandFailed(argv, line, { how: 'unstarted' }, result.originalMessage ?? '');
  const status = result.exitCode;
  if (!(options.accept ?? [0]).includes(status)) {
    throw new CommandFailed(argv, line, { how: 'exit', status }, stderr());
  }
  return { status, stdout: stdout(), stderr: stderr() };
}

/** Characters that a command may say unless it is told otherwise. */
const mostSaid = 64 * 1024 * 1024;

/**
 * Listens to what a stream says; `stop` is called when that is too much, and nothing more is heard.
 *
 * @returns a function that gives what the stream has said so far
 */
function listenTo(
  stream: Readable,
  onLine: RunOptions['onLine'],
  most: number,
  stop: () => void,
): () => string {
  let said = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.length <= most) return;
    stream.destroy();
    stop();
  });
  if (onLine !== undefined) createInterface({ input: stream }).on('line', onLine);
  return () => said;
}
