import { CommanderError } from 'commander';
import type { Context, GlobalOptions, Result } from '../commands/context.ts';
import { exitStatus, expected, LabnetError, messageOf } from '../errors.ts';
import { makeContext } from './context.ts';
import { printError, printResult } from './print.ts';
import { makeProgram } from './program.ts';

/** Runs the command that was typed and prints what comes of it. @returns the exit status */
export async function run(argv: readonly string[], signal: AbortSignal): Promise<number> {
  let options: Partial<GlobalOptions> = { json: argv.includes('--json') };
  let status = 0;
  try {
    const program = makeProgram(async (given, command) => {
      options = given;
      const context: Context = await makeContext(given, signal);
      const result: Result = await command(context);
      printResult(result, given);
      status = result.status ?? 0;
    });
    await program.parseAsync(argv);
    return status;
  } catch (error) {
    return end(error, options, signal);
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\x1b[?25h');
  }
}

function end(error: unknown, options: Partial<GlobalOptions>, signal: AbortSignal): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Without --json commander has told it already, with the help that fits.
    if (options.json) printError(new LabnetError('usage', error.message.replace(/^error: /, '')), options);
    return exitStatus.usage;
  }
  const shown = signal.aborted
    ? new LabnetError('interrupted', 'interrupted', { cause: error })
    : expected(error);
  printError(shown, options);
  if (shown instanceof LabnetError) return exitStatus[shown.code];
  process.stderr.write(`This is a bug in labnet: ${messageOf(shown)}\n`);
  return exitStatus.failed;
}
