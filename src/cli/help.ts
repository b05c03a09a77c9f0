/** What help says beyond commander's own words. */
import type { Command, Option } from 'commander';

/** What a newcomer types first. */
export const firstSteps = [
  'sudo labnet provision --vms 2 --sandbox --yes',
  'sudo labnet ssh vm1',
  'sudo labnet destroy',
  'labnet provision --help',
];

export function examplesOf(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`;
}

/** "image build", without its arguments. */
export function nameOf(usage: string, parent: Command): string {
  const [own = ''] = usage.split(' ');
  return parent.parent === null ? own : `${parent.name()} ${own}`;
}

/** That a flag is off unless it is given goes without saying. */
export function optionDescription({ description, defaultValue }: Option): string {
  return typeof defaultValue === 'string' ? `${description} (default: ${defaultValue})` : description;
}
