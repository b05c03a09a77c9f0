/**
 * Runs the command that argv names, and ends labnet with its exit status. This is the only file that listens to
 * signals, and that sets the exit status of a labnet that runs. Everything heavy is imported when the command that
 * needs it runs.
 */

import { exitStatus, messageOf } from '../errors.ts';
import { helperNamed } from './helpers.ts';

process.umask(0o077);
const interruption = new AbortController();
let handedOver = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // What was begun is undone to its end; asking again cannot hurry it.
    if (!interruption.signal.aborted && !handedOver) process.stderr.write(`\n${signal}: ending\n`);
    interruption.abort();
  });
}
// Node 18 warns at the first download that its fetch may change: no user could do anything about that.
const [tellWarning] = process.listeners('warning');
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') tellWarning?.(warning);
});
// A reader that has seen enough (labnet … | head) is no error, and a terminal that has gone is no reason to leave the
// host half changed.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

void main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
  const [, , name = '', ...values] = argv;
  const helper = helperNamed(name);
  if (helper === undefined) {
    const { run } = await import('./run.ts');
    const status = await run(argv, interruption.signal, () => {
      handedOver = true;
    });
    await Promise.all([process.stdout, process.stderr].map(flushed));
    // The exit is forced: as Node ends by itself, its signal handlers go first, and a late Ctrl-C would give another
    // status.
    process.exit(status);
  }
  try {
    await helper(values, interruption.signal);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    // A server that the helper has started would keep the process alive.
    process.exit(exitStatus.failed);
  }
}

/** Resolves when a stream has passed on all that was written to it: a pipe does so when its reader reads. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
