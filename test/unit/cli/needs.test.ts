/** Each command says what it needs, and its examples say sudo where that is a host. */
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { examplesOf } from '../../../src/cli/help.ts';
import { makeProgram } from '../../../src/cli/program.ts';
import { goesOnInOwnHost } from '../../../src/ground/enter.ts';
import type { Needs } from '../../../src/ground/ground.ts';

const examples = (command: Command): readonly string[] => [
  ...examplesOf(command),
  ...command.commands.flatMap(examples),
];

async function needsOf(line: string): Promise<Needs | undefined> {
  let found: Needs | undefined;
  const program = makeProgram(async (needs) => {
    found = needs;
  });
  const words = line
    .replace(/^sudo /, '')
    .replace(/ [>|].*$/, '')
    .split(' ')
    .slice(1);
  await program.parseAsync(['node', 'labnet', ...words]);
  return found;
}

const lines = [...new Set(examples(makeProgram(async () => {})))].filter((line) => !line.includes('--help'));

test('there are examples of all commands', () => {
  expect(lines.length).toBeGreaterThan(40);
});

test.each(lines)('%s', async (line) => {
  expect((await needsOf(line)) !== 'nothing').toBe(line.startsWith('sudo '));
});

test('a user goes on in his own host where a command needs one, and root never', () => {
  const needs: readonly Needs[] = ['nothing', 'labs', 'host'];
  expect(needs.map((one) => goesOnInOwnHost(one, { uid: 1000 }))).toEqual([false, true, true]);
  expect(needs.map((one) => goesOnInOwnHost(one, { uid: 0 }))).toEqual([false, false, false]);
});
