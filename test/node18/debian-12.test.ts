/** labnet on Debian 12's own Node: the same words as on a newer one, and a real lab from provision to destroy. */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Workplace, workplace } from '../e2e/workplace.ts';
import type { Snapshot } from '../setup/host-snapshot.ts';

const cli = inject('cli');
const { LABNET_NEW_NODE: newer = '', LABNET_OLD_NODE: old = '' } = process.env;

test('these tests, the build and labnet run on Node 18', async () => {
  expect(process.version).toMatch(/^v18\./);
  expect((await execa('node', ['--version'])).stdout).toBe(process.version);
  expect(readFileSync(cli.replace(/cli\.js$/, 'labnet'), 'utf8')).toContain("node='/usr/bin/node'");
});

test.each([
  '--help',
  'provision --help',
  'schema',
  'schema provision',
  'init --list',
  'explain',
  'explain bridge --json',
  'plan --vms 3 --sandbox --undo',
  'plan templates/labs/web-and-db.yaml',
  'plan --vms x',
  'doctor --nothing',
])('a newer Node says the same, to the byte: labnet %s', async (line) => {
  const run = async (node: string) => {
    const args = [cli, ...line.split(' ')];
    const { exitCode, stdout, stderr } = await execa(node, args, { reject: false, stdin: 'ignore' });
    // The plan of a sandbox names the Node that serves its internet.
    return [exitCode, stdout.replaceAll(node, 'node'), stderr];
  };
  expect(await run('/usr/bin/node')).toEqual(await run(newer));
});

test('one that is too old says what is needed, in a sentence', async () => {
  const { exitCode, stdout, stderr } = await execa(old, [cli, 'plan', '--vms', '2'], { reject: false });
  expect([exitCode, stdout]).toEqual([69, '']);
  expect(stderr).toMatch(
    /^labnet needs Node 18\.19 or newer; this is v12\.22\.12 \(.*\)\n {2}apt-get install nodejs /,
  );
});

let place: Workplace;
let before: Snapshot;

beforeAll(async () => {
  place = await workplace();
  before = await place.snapshot();
});

afterAll(() => place.close());

test('a real lab comes up, its template is made and cloned, and all probes pass', async () => {
  const { status, value } = await place.json('provision', '--vms', '1', '--sandbox', '--yes');
  expect(value.error).toBeUndefined();
  expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
  expect(status).toBe(0);
  const { stdout } = await place.labnet('ssh', 'vm1', '--', 'hostname');
  expect(stdout.trim()).toBe('vm1');
});

test('it goes back to how it was made', async () => {
  await place.labnet('ssh', 'vm1', '--', 'touch', 'here');
  expect((await place.json('reset')).status).toBe(0);
  expect((await place.labnet('ssh', 'vm1', '--', 'ls')).stdout).toBe('');
});

test('destroy leaves the host as it was', async () => {
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
});
