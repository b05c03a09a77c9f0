/** What could not be written is told, and is a failure: half a script that ends with 0 is run as a whole one. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-full-'));
  chmodSync(directory, 0o711);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const env = () => ({
  LABNET_STATE: join(directory, 'state'),
  LABNET_RUN: join(directory, 'run'),
  LABNET_CACHE: join(directory, 'cache'),
});

function toFull(...words: readonly string[]) {
  return execa('bash', ['-c', 'exec node "$CLI" "$@" > /dev/full', 'labnet', ...words], {
    reject: false,
    stdin: 'ignore',
    cwd: directory,
    env: { ...env(), CLI: inject('cli') },
  });
}

const unwritten = /^labnet: not all of the output could be written: ENOSPC: no space left on device, write\n/;

describe('on a full disk', () => {
  test.each([
    ['plan', '--vms', '2', '--sandbox'],
    ['plan', '--vms', '2', '--sandbox', '--json'],
    ['plan', '--vms', '2', '--sandbox', '--undo'],
    ['schema'],
    ['schema', 'provision', '--json'],
    ['facts'],
    ['explain'],
    ['image', 'list'],
    ['image', 'list', '--json'],
    ['init', '--list'],
    ['destroy', '--yes'],
    ['--help'],
    ['plan', '--help'],
    ['--version'],
  ])('labnet %s %s %s %s ends with 1 and says why', async (...words) => {
    const { exitCode, stderr } = await toFull(...words);
    expect(stderr).toMatch(unwritten);
    expect(exitCode).toBe(1);
  });

  test('completion fails, too', async () => {
    expect(await toFull('complete', 'pl')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('ENOSPC'),
    });
  });

  test('an error that --json would have told is told as text, and keeps its status', async () => {
    const { exitCode, stderr } = await toFull('plan', 'missing.yaml', '--json');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(unwritten);
    expect(stderr).toContain('missing.yaml');
  });
});

/** A command of a shell on a file system of its own, which has this much room (KiB). */
function onDisk(kib: number, command: string) {
  const line = `mkdir -p room; mount -t tmpfs -o size=${kib}k,mode=0777 room room; ${command}`;
  return execa('unshare', ['--mount', '--propagation', 'private', 'bash', '-c', line], {
    reject: false,
    cwd: directory,
    env: { ...env(), CLI: inject('cli') },
  });
}

test('where there is room for a half, the half is a failure', async () => {
  const { exitCode, stderr, stdout } = await onDisk(
    16,
    'node "$CLI" plan --vms 9 --sandbox > room/plan.sh; status=$?; stat -c %s room/plan.sh; exit $status',
  );
  expect(stderr).toMatch(unwritten);
  expect([exitCode, Number(stdout)]).toEqual([1, 16_384]);
});

test('a lab.yaml that init cannot write whole is none, and says so', async () => {
  const { exitCode, stderr } = await onDisk(
    4,
    'cd room; head -c 4096 /dev/zero > full; node "$CLI" init; status=$?; ls >&2; exit $status',
  );
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/No space left on device/);
});

test('a reader that has seen enough is no error', async () => {
  const line = 'node "$CLI" plan --vms 60 --json | head -c 10 > /dev/null; echo "${PIPESTATUS[0]}"';
  const { stdout, stderr } = await execa('bash', ['-c', line], { env: { ...env(), CLI: inject('cli') } });
  expect([stdout, stderr]).toEqual(['0', '']);
});

test('all of it is there where there is room', async () => {
  const file = join(directory, 'plan.sh');
  const line = `node "$CLI" plan --vms 60 --sandbox > ${file}`;
  await execa('bash', ['-c', line], { env: { ...env(), CLI: inject('cli') } });
  const { stdout } = await execa('node', [inject('cli'), 'plan', '--vms', '60', '--sandbox'], { env: env() });
  expect(readFileSync(file, 'utf8')).toBe(`${stdout}\n`);
});
