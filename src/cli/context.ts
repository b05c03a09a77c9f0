import { realpathSync } from 'node:fs';
import { rootsFrom } from '../paths.ts';
import { type Progress, silent } from '../progress/progress.ts';
import type { Context, GlobalOptions } from '../runs/context.ts';
import { harmless } from '../text/harmless.ts';
import type { Typed } from './typed.ts';

/** Progress that loads its drawing at the first step: most commands have none. */
function whenNeeded({ verbose }: GlobalOptions): Progress {
  const { isTTY, columns } = process.stderr;
  // A terminal that tells no width would show a letter a line.
  const live = isTTY === true && columns > 0 && process.env.TERM !== 'dumb' && !verbose;
  const load = async () => (await import('../progress/drawn.ts')).drawn(live);
  return {
    step: async (title, work) => (await load()).step(title, work),
    steps: async (title, steps, how) => (await load()).steps(title, steps, how),
  };
}

/** What a command works with: this PC, the user's flags and environment, and the terminal. */
export async function makeContext(
  options: GlobalOptions,
  signal: AbortSignal,
  typed: Typed,
): Promise<Context> {
  const { localHost } = await import('../host/local-host.ts');
  const host = localHost(undefined, options.patience);
  const say = (line: string) => {
    if (!options.quiet) process.stderr.write(`${harmless(typed(line))}\n`);
  };
  const { env } = process;
  const uid = process.getuid?.() ?? -1;
  return {
    host,
    roots: rootsFrom(env, host.ground),
    options,
    env,
    uid,
    signal,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    terminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
    progress: options.quiet ? silent : whenNeeded(options),
    // The file itself, not a link by which it may have been started: what belongs to labnet lies beside the file.
    program: [process.execPath, realpathSync(process.argv[1] ?? '.')],
    say,
  };
}
