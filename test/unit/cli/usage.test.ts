/** What a person is told who types something: help with examples, and mistakes with what to type instead. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, inject, test } from 'vitest';
import { facts } from '../../fakes/facts.ts';

/** In the directory that it was built in, as in a clone: what is to be typed is short. */
const labnet = (...args: string[]) =>
  execa('node', [inject('cli'), ...args], { reject: false, cwd: dirname(dirname(inject('cli'))) });

/** The commands that a help text lists. */
async function commandsIn(...of: string[]): Promise<readonly string[]> {
  const { stdout } = await labnet(...of, '--help');
  const [, list = ''] = stdout.split('\nCommands:\n');
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

test('help shows examples, and no default that goes without saying', async () => {
  const image = (await commandsIn('image')).map((name) => ['image', name]);
  const all = [[], ...(await commandsIn()).map((name) => [name]), ...image];
  expect(all.length).toBeGreaterThan(20);
  const texts = await Promise.all(all.map(async (words) => (await labnet(...words, '--help')).stdout));
  for (const [index, text] of texts.entries()) {
    expect(text, all[index]?.join(' ')).toMatch(/\nExamples:\n {2}\$ (?:sudo )?dist\/labnet /);
    expect(text).not.toContain('default: false');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  }
});

describe('a mistake', () => {
  test.each([
    [['plam'], /^labnet: unknown command 'plam'\n\(Did you mean plan\?\)/],
    [
      ['plan', '--vms', 'x'],
      /^labnet: option .* a number from 1 to 100 is needed\n\(dist\/labnet plan --help /,
    ],
    [['image', 'build', '--oops'], /\n\(dist\/labnet image build --help /],
    [['ssh', 'vm1', 'ip', '-br', 'addr'], /^labnet: unknown option '-br'\n.*dist\/labnet ssh vm1 -- ip /],
  ])('%j is told with what helps', async (words, told) => {
    const { exitCode, stderr, stdout } = await labnet(...words);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(told);
  });

  test.each([
    [['destroy', 'lab', '--all'], 'both lab and --all say which lab is meant'],
    [['destroy', 'lab', '--all', '--yes', '--check'], 'both lab and --all say which lab is meant'],
    [['plan', 'lab.yaml', '--vms', '2'], 'both lab.yaml and --vms say which VMs there are'],
    [['provision', 'lab.yaml', '--vms', '2'], 'both lab.yaml and --vms say which VMs there are'],
    [['provision', 'lab.yaml', '--lab', 'lab'], 'both --lab and lab.yaml say which lab is meant'],
    [['provision', '--vms', '2', '--lab', 'lab'], 'both --lab and --vms say which lab is meant'],
    [['provision', '--sandbox', '--lab', 'lab'], 'both --lab and --sandbox say which lab is meant'],
    [
      ['provision', '--dry-run', '--lab', 'lab'],
      '--lab lab is as it was planned: --dry-run has nothing to plan',
    ],
    [['init', '--list', '--template', 'default'], '--list writes nothing, and --template says what to write'],
    [['image', 'pull', 'x', '--sums', 'https://example.org/S'], '--sums is for an image that --url names'],
    [['image', 'warm', 'lab.yaml', '--vms', '2'], 'both lab.yaml and --vms say which VMs there are'],
    [['logs', 'vm1', '--follow', '--json'], '--json is one object, and --follow has no end'],
  ])('of two things that do not go together, %j, is told before anything is done', async (words, told) => {
    const { exitCode, stderr, stdout } = await labnet(...words);
    expect(exitCode).toBe(2);
    expect(`${stderr}${stdout}`).toContain(told);
  });

  test('is an object with --json', async () => {
    const { exitCode, stdout } = await labnet('plan', '--vms', 'x', '--json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'usage' } });
  });

  test('in a lab file begins with its place, where editors look for it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'labnet-usage-'));
    try {
      const file = join(directory, 'lab.yaml');
      writeFileSync(file, 'nam: x\nvms: {vm1: }\n');
      const { exitCode, stderr } = await labnet('plan', file);
      expect(exitCode).toBe(2);
      expect(stderr.split('\n')[0]).toBe(`${file}:1:1: unknown key "nam"`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('ends with 2 also where the facts come from a file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'labnet-usage-'));
    try {
      const [file, known] = [join(directory, 'lab.yaml'), join(directory, 'facts.json')];
      writeFileSync(file, 'nam: x\n');
      writeFileSync(known, JSON.stringify(facts));
      const { exitCode, stderr } = await labnet('plan', file, '--facts', known);
      expect(exitCode).toBe(2);
      expect(stderr).not.toContain('Node.js');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('such as a directory for a lab file is no bug', async () => {
    const { exitCode, stderr } = await labnet('plan', tmpdir());
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^labnet: \S+ cannot be read: EISDIR/);
  });
});

test('a helper of labnet that fails says why in one line: it is the log that is shown', async () => {
  const server = join(dirname(inject('cli')), 'stand-in-internet.js');
  const words = ['stand-in-internet', '192.0.2.99', 'name', '/nowhere', 'id'];
  const { exitCode, stderr } = await execa('node', [server, ...words], { reject: false });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^(?:listen|bind) \w+.*192\.0\.2\.99\S*$/);
});
