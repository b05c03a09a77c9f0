import { Command } from 'commander';
import type { AddCommand, Run } from './add-command.ts';
import { addGuestCommands } from './guest-commands.ts';
import { firstSteps, nameOf, optionDescription, withExamples } from './help.ts';
import { addImageCommands } from './image-commands.ts';
import { addLabCommands } from './lab-commands.ts';
import { factor, seconds } from './numbers.ts';
import { addStateCommands } from './state-commands.ts';
import { addTeachingCommands } from './teaching-commands.ts';
import type { Typed } from './typed.ts';
import { writeOut } from './write-out.ts';

declare const LABNET_VERSION: string;

/**
 * The command line: what can be typed, and which module answers it.
 *
 * @param typed what becomes of the lines to type in a help text; left out: they stay as they are written
 */
export function makeProgram(run: Run, typed: Typed = (text) => text): Command {
  const program = withExamples(new Command('labnet'), firstSteps)
    .description('Debian VM labs on one Linux PC: made, proved to work, and taken down without a trace')
    .version(LABNET_VERSION, '-V, --version')
    .showHelpAfterError('(labnet --help shows what can be typed)')
    .configureHelp({ optionDescription })
    .configureOutput({
      writeOut: (text) => writeOut(typed(text)),
      writeErr: (text) => process.stderr.write(typed(text)),
      outputError: (text, write) => write(text.replace(/^error: /, 'labnet: ')),
    })
    .exitOverride();

  const add: AddCommand = (usage, description, examples, parent = program, options = {}) =>
    withExamples(parent.command(usage, options), examples)
      .description(description)
      .option('--json', 'one JSON object on standard output', false)
      .option('-q, --quiet', 'no progress', false)
      .option('-v, --verbose', 'each action as its shell line', false)
      .option('-y, --yes', 'ask nothing; install missing packages', false)
      .option('--wait <seconds>', "wait for another run's lock", seconds, 0)
      .option('--patience <factor>', 'wait so many times longer before anything is given up', factor, 1)
      .showHelpAfterError(`(labnet ${nameOf(usage, parent)} --help shows what can be typed)`)
      .exitOverride();

  addLabCommands(add, run);
  addGuestCommands(add, run);
  addTeachingCommands(add, run);
  addStateCommands(add, run, program);
  addImageCommands(add, run, program);
  return program;
}
