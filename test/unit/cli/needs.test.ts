/** Each command says what it needs, and its examples say sudo where that is root's. */
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { examplesOf } from '../../../src/cli/help.ts';
import { makeProgram } from '../../../src/cli/program.ts';
import { type Needs, requireGround } from '../../../src/ground/ground.ts';

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

test('what is root’s is refused to others, and to root nothing is', () => {
  for (const needs of ['labs', 'host'] as const)
    expect(() => requireGround(needs, { uid: 1000 })).toThrow('this takes root');
  expect(() => requireGround('nothing', { uid: 1000 })).not.toThrow();
  for (const needs of ['nothing', 'labs', 'host'] as const)
    expect(() => requireGround(needs, { uid: 0 })).not.toThrow();
});
