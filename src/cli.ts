#!/usr/bin/env node
/**
 * argv → command → what is printed → exit status. The only file that sets the exit status and listens to signals.
 * Everything heavy is imported when the command that needs it runs.
 */
import { CommanderError } from 'commander';
import { makeContext } from './cli/context.ts';
import { printError, printResult } from './cli/print.ts';
import { makeProgram } from './cli/program.ts';
import type { Context, GlobalOptions, Result } from './commands/context.ts';
import { exitStatus, expected, LabnetError, messageOf } from './errors.ts';

process.umask(0o077);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // What was begun is undone to its end; asking again cannot hurry it.
    if (!interruption.signal.aborted) process.stderr.write(`\n${signal}: ending\n`);
    interruption.abort();
  });
}
// A reader that has seen enough (labnet … | head) is no error.
process.stdout.on('error', () => {});

let options: Partial<GlobalOptions> = { json: process.argv.includes('--json') };
void run();

async function run(): Promise<void> {
  try {
    const program = makeProgram(async (given, command) => {
      options = given;
      const context: Context = await makeContext(given, interruption.signal);
      const result: Result = await command(context);
      printResult(result, given);
      process.exitCode = result.status ?? 0;
    }, interruption.signal);
    await program.parseAsync(process.argv);
  } catch (error) {
    process.exitCode = end(error);
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\x1b[?25h');
  }
}

function end(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Without --json commander has told it already, with the help that fits.
    if (options.json) printError(new LabnetError('usage', error.message.replace(/^error: /, '')), options);
    return exitStatus.usage;
  }
  const interrupted = interruption.signal.aborted;
  const shown = interrupted
    ? new LabnetError('interrupted', 'interrupted', { cause: error })
    : expected(error);
  printError(shown, options);
  if (shown instanceof LabnetError) return exitStatus[shown.code];
  process.stderr.write(`This is a bug in labnet: ${messageOf(shown)}\n`);
  return exitStatus.failed;
}
