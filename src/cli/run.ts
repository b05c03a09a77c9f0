import { CommanderError } from 'commander';
import { exitStatus, expected, LabnetError, messageOf, RootNeeded } from '../errors.ts';
import { goesOnInOwnHost, goOnInOwnHost } from '../ground/enter.ts';
import type { Context, GlobalOptions, Result } from '../runs/context.ts';
import { makeContext } from './context.ts';
import { printError, printResult } from './print.ts';
import { makeProgram } from './program.ts';
import { asRoot, currentTypist, type Typed, type Typist, typedBy } from './typed.ts';

/**
 * Runs the command that was typed and prints what comes of it.
 *
 * @param handOver is called when another labnet goes on in this one's place, and answers to the user from then on
 * @returns the exit status
 */
export async function run(
  argv: readonly string[],
  signal: AbortSignal,
  handOver: () => void,
): Promise<number> {
  let options: Partial<GlobalOptions> = { json: argv.includes('--json') };
  let status = 0;
  let typist: Typist | undefined;
  const typed: Typed = (text) => {
    // Who types is found out when there is something to say.
    typist ??= currentTypist();
    return typedBy(typist, commands)(text);
  };
  const program = makeProgram(async (needs, given, command) => {
    options = given;
    const context: Context = await makeContext(given, signal, typed);
    if (goesOnInOwnHost(needs, context)) {
      handOver();
      status = await goOnInOwnHost(argv.slice(2), context);
      return;
    }
    const result: Result = await command(context);
    printResult(result, given, typed);
    status = result.status ?? 0;
  }, typed);
  const commands = program.commands.map((command) => command.name());
  try {
    await program.parseAsync(argv);
    return status;
  } catch (error) {
    if (!(error instanceof RootNeeded)) return end(error, { options, signal, typed });
    // The line is shown as it was typed: nothing in it is to be changed as in a text of labnet's.
    printError(withLine(error, argv.slice(2)), options, (line) => line);
    return exitStatus[error.code];
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\x1b[?25h');
  }
}

function withLine({ code, message }: RootNeeded, words: readonly string[]): LabnetError {
  return new LabnetError(code, message, { hint: asRoot(words, currentTypist()) });
}

interface Ending {
  readonly options: Partial<GlobalOptions>;
  readonly signal: AbortSignal;
  readonly typed: Typed;
}

function end(error: unknown, { options, signal, typed }: Ending): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Without --json commander has told it already, with the help that fits.
    if (options.json)
      printError(new LabnetError('usage', error.message.replace(/^error: /, '')), options, typed);
    return exitStatus.usage;
  }
  const shown = signal.aborted
    ? new LabnetError('interrupted', 'interrupted', { cause: error })
    : expected(error);
  printError(shown, options, typed);
  if (shown instanceof LabnetError) return exitStatus[shown.code];
  process.stderr.write(`This is a bug in labnet: ${messageOf(shown)}\n`);
  return exitStatus.failed;
}
