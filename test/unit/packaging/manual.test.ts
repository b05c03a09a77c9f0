/** The manual pages: made of what the code knows, and well-formed. */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { describe } from '../../../packaging/manual/describe.ts';
import { exitStatuses } from '../../../packaging/manual/exit-statuses.ts';
import { labYamlPage } from '../../../packaging/manual/lab-yaml.ts';
import { labnetPage } from '../../../packaging/manual/labnet.ts';
import { list, literal, page as pageOf, prose, section, words } from '../../../packaging/manual/mdoc.ts';
import { makeProgram } from '../../../src/cli/program.ts';
import { labKeys } from '../../../src/lab/reference.ts';

const release = { date: 1_700_000_000, version: '1.2.3' };
const program = describe(makeProgram(async () => {}));
const labnet = labnetPage(program, release);
const labYaml = labYamlPage('templates/labs', release);

/** As it is read, without the overstriking of bold letters. */
async function rendered(page: string): Promise<string> {
  const { stdout } = await execa('mandoc', ['-T', 'utf8', '-O', 'width=200'], { input: page });
  return stdout.replace(/.[\b]/g, '');
}

test.each([
  ['labnet(1)', labnet],
  ['lab.yaml(5)', labYaml],
])('%s passes mandoc’s checks', async (_name, page) => {
  const { stdout, exitCode } = await execa('mandoc', ['-T', 'lint', '-W', 'warning'], {
    input: page,
    reject: false,
  });
  expect([stdout, exitCode]).toEqual(['', 0]);
});

test('every command, with its flags and examples, stands in labnet(1)', async () => {
  const text = await rendered(labnet);
  expect(program.commands.length).toBeGreaterThan(25);
  for (const { name, options, examples } of program.commands) {
    const [, part = ''] = text.split(new RegExp(`^ {5}${name}(?= |$)`, 'm'));
    const own = part.split(/^ {5}\S|^\S/m)[0] ?? '';
    for (const { long } of options) expect(part, name).toContain(long);
    for (const example of examples) expect(own, name).toContain(example);
  }
  for (const { long, short } of program.common)
    expect(text).toContain(short === undefined ? long : `${short}, ${long}`);
});

test('every key stands in lab.yaml(5)', async () => {
  const text = await rendered(labYaml);
  for (const { key } of labKeys())
    expect(text).toMatch(new RegExp(`^ {5}${key.replaceAll(/[.[\]]/g, '\\$&')}( |$)`, 'm'));
});

test('the exit statuses are those of the README', () => {
  const [, table = ''] =
    /\| status \| means \|\n\| --- \| --- \|\n((?:\|.*\n)+)/.exec(readFileSync('README.md', 'utf8')) ?? [];
  const rows = exitStatuses().map(({ status, meaning }) => `| ${status} | ${meaning} |\n`);
  expect(rows.join('')).toBe(table);
});

test('text means itself', async () => {
  const odd = '.Sh ’tis \\fB "x" a-b …';
  const body = [
    prose(odd),
    literal(odd),
    list([{ head: `Cm ${words('No', 'a"b', '-x')}`, body: prose(odd) }]),
  ];
  const head = { name: 'odd', section: 7, about: odd, ...release };
  const page = pageOf(head, section('Description', ...body));
  const text = await rendered(page);
  expect(text.split(odd)).toHaveLength(5);
  expect(text).toContain('No a"b -x');
});
