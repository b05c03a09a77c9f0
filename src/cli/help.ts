/** What help says beyond commander's own words. */
import type { Command, Option } from 'commander';

/** The lines that a newcomer types first. */
export const firstSteps = [
  'sudo labnet provision --vms 2 --sandbox --yes',
  'sudo labnet ssh vm1',
  'sudo labnet destroy',
  'labnet provision --help',
];

const known = new WeakMap<Command, readonly string[]>();

/** Adds lines to type to a command's help. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  known.set(command, examples);
  const lines = examples.map((example) => `  $ ${example}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** The lines to type that a command's help shows. */
export function examplesOf(command: Command): readonly string[] {
  return known.get(command) ?? [];
}

/** The name of a command with its group and without its arguments: "image build". */
export function nameOf(usage: string, parent: Command): string {
  const [own = ''] = usage.split(' ');
  return parent.parent === null ? own : `${parent.name()} ${own}`;
}

/** The text of a flag, with a default that is a text; that a flag is off unless it is given goes without saying. */
export function optionDescription({ description, defaultValue }: Option): string {
  return typeof defaultValue === 'string' ? `${description} (default: ${defaultValue})` : description;
}
