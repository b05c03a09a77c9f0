import { once } from 'node:events';
import { execa } from 'execa';
import { missingProgram } from './programs.ts';
import { trustedPath } from './trusted-path.ts';
import { untilItRuns } from './until-it-runs.ts';

/** A process that holds something for labnet: a lock, a namespace. */
export interface Holder {
  readonly pid: number;
  close(): Promise<void>;
}

/** How a holder ended that never came to hold anything. */
export interface EarlyEnd {
  readonly status: number | undefined;
  readonly message: string;
  /** What it said on standard error. */
  readonly said: string;
}

/**
 * Starts `argv` with `cat` as the program it runs, on a pipe of ours and in a session of its own: it lives exactly as
 * long as labnet or until `close`, however labnet ends, and a Ctrl-C at the terminal does not reach it.
 *
 * @param limit milliseconds until `argv` must have come to hold it
 * @returns the holder, once cat runs, and so what `argv` takes hold of is held
 * @throws what `explain` makes of its end when it ends before that; LabnetError missing-program
 */
export async function startHolder(
  argv: readonly string[],
  limit: number,
  explain: (end: EarlyEnd) => Promise<Error>,
): Promise<Holder> {
  const [program = '', ...args] = argv;
  const holder = untilItRuns(() =>
    execa(program, [...args, 'cat'], {
      detached: true,
      reject: false,
      env: { PATH: trustedPath() },
      extendEnv: false,
      stdin: 'pipe',
      stdout: 'pipe',
      buffer: { stdout: false },
    }),
  );
  holder.stdin.on('error', () => {});
  // The echo is the proof: only cat gives it.
  holder.stdin.write('\n');
  const ended = holder.then(async ({ code, exitCode, shortMessage, stderr }) => {
    if (code === 'ENOENT') throw missingProgram(program);
    throw await explain({ status: exitCode, message: shortMessage ?? 'it ended', said: stderr });
  });
  ended.catch(() => {});
  const late = setTimeout(() => holder.kill('SIGKILL'), limit);
  try {
    await Promise.race([once(holder.stdout, 'data'), ended]);
  } finally {
    clearTimeout(late);
  }
  const { pid } = holder;
  if (pid === undefined) throw new Error('a running process without a pid');
  return {
    pid,
    async close() {
      holder.stdin.end();
      await holder;
    },
  };
}
