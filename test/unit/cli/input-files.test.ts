/** What is no lab file, given as lab.yaml: labnet ends by itself and says so, and takes no more memory than ever. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

let base: string;

const made: Readonly<Record<string, (path: string) => void>> = {
  'ten megabytes': (path) => writeFileSync(path, 'a: b\n'.repeat(2_000_000)),
  'a device without end': (path) => symlinkSync('/dev/zero', path),
  'a pipe that nobody writes to': (path) => execFileSync('/usr/bin/mkfifo', [path]),
  'a directory': (path) => mkdirSync(path),
  'a file in ISO-8859-1': (path) =>
    writeFileSync(path, 'name: lab\nvms: {vm1: {password: "Grüße"}}\n', 'latin1'),
  'a file in UTF-16': (path) => writeFileSync(path, 'vms: {vm1: {}}\n', 'utf16le'),
};

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'labnet-input-'));
  for (const [name, make] of Object.entries(made)) {
    mkdirSync(join(base, name));
    make(join(base, name, 'lab.yaml'));
  }
});

afterAll(() => rmSync(base, { recursive: true }));

/** Runs a command, and tells the most memory that it had, in KiB, as the last line of standard error. */
const measured = `
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
`;

async function labnet(cwd: string, args: readonly string[]) {
  const command = ['timeout', '--signal', 'KILL', '30', 'node', inject('cli'), ...args, '--json'];
  const { exitCode, stdout, stderr } = await execa('/usr/bin/python3', ['-c', measured, ...command], {
    env: { LABNET_STATE: `${base}/state`, LABNET_RUN: `${base}/run`, LABNET_CACHE: `${base}/cache` },
    cwd,
    reject: false,
    stdin: 'ignore',
  });
  expect(exitCode).toBe(2);
  // An idle one has some 60 MiB.
  expect(Number(stderr.split('\n').at(-1))).toBeLessThan(200 * 1024);
  return JSON.parse(stdout) as { readonly error: unknown };
}

describe.each([
  ['ten megabytes', /^lab\.yaml:1:1: too large for a lab file: 1 MiB at most/, /holds no host facts/],
  ['a device without end', /^lab\.yaml:1:1: too large for a lab file: 1 MiB at most/, /holds no host facts/],
  ['a pipe that nobody writes to', /^lab\.yaml:1:1: the file is empty/, /holds no host facts/],
  ['a directory', /^lab\.yaml cannot be read: EISDIR/, /^lab\.yaml cannot be read: EISDIR/],
  [
    'a file in ISO-8859-1',
    /^lab\.yaml:2:26: the file is not in UTF-8: the byte 0xFC [\s\S]*\n {2}save it as UTF-8/,
    /^lab\.yaml:2:26: the file is not in UTF-8/,
  ],
  ['a file in UTF-16', /^lab\.yaml:1:1: the file is in UTF-16/, /^lab\.yaml:1:1: the file is in UTF-16/],
])('%s', (name, ofLab, ofFacts) => {
  test.each([
    ['lab file', [], ofLab],
    ['host facts', ['--vms', '1', '--facts', 'lab.yaml'], ofFacts],
  ])('as %s', async (_, args, says) => {
    const { error } = await labnet(join(base, name), ['plan', ...args]);
    expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(says) });
  });
});
