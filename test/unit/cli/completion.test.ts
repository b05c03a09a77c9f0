/** What Tab offers: from the command line's own tree, and from directories that show names to everyone. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completionLines } from '../../../src/cli/completion.ts';
import { sourceOf } from '../../../src/cli/completion-values.ts';
import { makeProgram } from '../../../src/cli/program.ts';

let base: string;
let env: Readonly<Record<string, string>>;
const program = makeProgram(async () => {});

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'labnet-names-'));
  env = { LABNET_STATE: base, LABNET_CACHE: join(base, 'cache'), LABNET_IMAGES: join(base, 'admin') };
  for (const vm of ['demo/vm1', 'demo/web', 'other/vm1'])
    mkdirSync(join(base, 'labs', vm), { recursive: true });
  for (const file of ['labs/demo/plan.json', 'labs/stray', 'images/mine.json', 'images/0a.qcow2']) {
    mkdirSync(join(base, 'images'), { recursive: true });
    writeFileSync(join(base, file), '');
  }
  mkdirSync(join(base, 'admin'));
  for (const image of ['mine', 'theirs']) writeFileSync(join(base, 'admin', `${image}.json`), '');
  mkdirSync(join(base, 'cache', 'checkpoints', 'demo', 'before'), { recursive: true });
});

afterAll(() => rmSync(base, { recursive: true }));

/** The values alone. */
const offered = async (...words: readonly string[]) =>
  (await completionLines(program, words, env)).map((line) => line.split('\t')[0]);

test.each([
  { typed: ['prov'], offers: ['provision'] },
  { typed: ['image', 'r'], offers: ['remove'] },
  { typed: ['destroy', ''], offers: ['demo', 'other'] },
  { typed: ['ssh', '--lab', 'o'], offers: ['other'] },
  { typed: ['ssh', '--lab=o'], offers: ['--lab=other'] },
  { typed: ['ssh', '--lab', '=', 'o'], offers: ['other'] },
  { typed: ['ssh', '--lab', '='], offers: ['demo', 'other'] },
  { typed: ['ssh', '--lab', '=', 'demo', 'w'], offers: ['web'] },
  { typed: ['ssh', ''], offers: ['vm1', 'web', 'vm1'] },
  { typed: ['ssh', 'vm1', ''], offers: [] },
  { typed: ['ssh', 'vm1', '--', 'ls', '--j'], offers: [] },
  { typed: ['host', ''], offers: ['demo', 'other'] },
  { typed: ['host', 'demo', '--', ''], offers: [] },
  { typed: ['host', '--', ''], offers: [] },
  { typed: ['reset', 'demo', 'w'], offers: ['web'] },
  { typed: ['provision', ''], offers: [':files'] },
  { typed: ['provision', '--vms', ''], offers: [] },
  { typed: ['plan', '--facts', 'fa'], offers: [':files'] },
  { typed: ['export', '--out', ''], offers: [':directories'] },
  { typed: ['image', 'build', 'debian-1'], offers: ['debian-11', 'debian-12', 'debian-13'] },
  { typed: ['image', 'info', ''], offers: ['mine', 'theirs'] },
  { typed: ['image', 'remove', ''], offers: ['mine'] },
  { typed: ['restore', ''], offers: ['before'] },
  { typed: ['init', '--template', 'lab'], offers: ['lab-sheet'] },
  { typed: ['explain', 'br'], offers: ['bridge'] },
  { typed: ['schema', 'prov'], offers: ['provision'] },
  { typed: ['status', '--js'], offers: ['--json'] },
  { typed: ['status', '--json', '--js'], offers: [] },
  { typed: ['nothing', ''], offers: [] },
])('$typed', async ({ typed, offers }) => {
  expect(await offered(...typed)).toEqual(offers);
});

test('each value tells what it is', async () => {
  expect(await completionLines(program, ['ssh', 'web'], env)).toEqual(['web\tof the lab demo']);
  expect(await completionLines(program, ['reset', 'dem'], env)).toEqual(['demo']);
});

test('where nothing can be listed, or a directory is none, there is nothing to say', async () => {
  for (const state of [join(base, 'missing'), join(base, 'labs', 'stray'), 'not absolute'])
    expect(await completionLines(program, ['ssh', ''], { LABNET_STATE: state })).toEqual([]);
});

/** A command and all below it. */
const withAll = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(withAll)];

test('what every argument and every flag takes is said', () => {
  const unsaid = withAll(program).flatMap((command) => {
    const flags = command.options.filter(({ required, optional }) => required || optional);
    return [...command.registeredArguments.map((one) => one.name()), ...flags.map(({ long }) => long ?? '')]
      .filter((key) => sourceOf(command, key) === undefined)
      .map((key) => `${command.name()} ${key}`);
  });
  expect(unsaid).toEqual([]);
});
