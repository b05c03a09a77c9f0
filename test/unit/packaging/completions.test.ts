/** The shells' scripts: they hand the line over as it stands, run nothing of it, and show what comes back. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const scripts = new URL('../../../packaging/files/completions/', import.meta.url).pathname;
let directory: string;

/** Notes the words it is given, and answers as labnet does. */
const answering = `#!/bin/sh
shift
printf '%s\\n' "$@" > asked
case $* in *out*) echo :directories ;; *prov*" ") echo :files ;; *) printf 'vm1\\tof the lab demo\\nweb\\n' ;; esac
`;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-shells-'));
  writeFileSync(join(directory, 'labnet'), answering, { mode: 0o755 });
  writeFileSync(join(directory, 'lab.yaml'), '');
});

afterAll(() => rmSync(directory, { recursive: true }));

const options = () => ({
  cwd: directory,
  env: { PATH: `${directory}:${process.env.PATH}`, HOME: directory },
});
const asked = () => readFileSync(join(directory, 'asked'), 'utf8').split('\n').slice(0, -1);

/** What bash would offer for the last of the words. */
async function bash(...line: string[]): Promise<string> {
  const script = `
compopt() { echo "compopt $*"; }
. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_labnet
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return (await execa('bash', ['-c', script, 'bash', `${scripts}labnet.bash`, ...line], options())).stdout;
}

test('bash offers what labnet says', async () => {
  expect(await bash('labnet', 'ssh', '')).toBe('vm1\nweb');
  expect(asked()).toEqual(['ssh', '']);
  expect(await bash('labnet', 'provision', '')).toBe('compopt -o default\n');
  expect(await bash('labnet', 'export', '--out', '')).toBe('compopt -o dirnames\n');
});

test('bash runs nothing of the line that is being typed, and writes to no file in it', async () => {
  const words = [
    'labnet',
    'status',
    '>',
    'lab.yaml',
    '$(touch made)',
    '`touch made`',
    ';',
    'touch',
    'made',
    '--j',
  ];
  writeFileSync(join(directory, 'lab.yaml'), 'precious');
  await bash(...words);
  expect(asked()).toEqual(words.slice(1));
  expect(readFileSync(join(directory, 'lab.yaml'), 'utf8')).toBe('precious');
  expect(existsSync(join(directory, 'made'))).toBe(false);
});

test('fish offers what labnet says', async () => {
  const fish = async (line: string) => {
    const argv = [
      '--no-config',
      '--command',
      `source ${scripts}labnet.fish; complete --do-complete '${line}'`,
    ];
    return (await execa('fish', argv, options())).stdout;
  };
  expect(await fish('labnet ssh ')).toBe('vm1\tof the lab demo\nweb');
  expect(asked()).toEqual(['ssh', '']);
  expect(await fish('labnet provision ')).toContain('lab.yaml');
});

test('zsh offers what labnet says', async () => {
  const script = `
_describe() { print -l -- "\${(@P)2}"; }
_files() { print -- "files $*"; }
zsh_line() { words=("$@"); CURRENT=$#; . ${scripts}_labnet; }
zsh_line labnet ssh ''; zsh_line labnet provision ''; zsh_line labnet export --out ''`;
  const { stdout } = await execa('zsh', ['--no-rcs', '-c', script], options());
  expect(stdout).toBe('vm1:of the lab demo\nweb\nfiles \nfiles -/');
});

test('a labnet that is not there, or fails, is no error in the middle of a line', async () => {
  writeFileSync(join(directory, 'labnet'), '#!/bin/sh\necho broken >&2\nexit 1\n', { mode: 0o755 });
  expect(await bash('labnet', 'ssh', '')).toBe('');
});
