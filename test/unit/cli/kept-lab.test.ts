/** Commands on a lab whose VMs do not run: what is there is read from its files alone. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { formatPlan } from '../../../src/labs/plan-file.ts';
import { planOfSize } from '../../fakes/plans.ts';

let directory: string;

const labnet = (...args: string[]) =>
  execa('node', [inject('cli'), ...args], {
    reject: false,
    stdin: 'ignore',
    cwd: directory,
    env: {
      LABNET_STATE: join(directory, 'state'),
      LABNET_RUN: join(directory, 'run'),
      LABNET_CACHE: join(directory, 'cache'),
    },
  });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-kept-'));
  // The VMs' own uids pass through it.
  chmodSync(directory, 0o711);
  const lab = join(directory, 'state/labs/lab');
  mkdirSync(lab, { recursive: true, mode: 0o711 });
  writeFileSync(join(lab, 'plan.json'), formatPlan(planOfSize(2, false)));
  const header = { event: 'header', format: 1, lab: 'lab' };
  const spec = { kind: 'directory', id: 'directory:vm1', path: lab, mode: 0o711, uid: 0, leftovers: [] };
  const intent = { event: 'intent', id: spec.id, boot: 'x', spec, remembered: {}, removal: [] };
  const done = { event: 'done', id: spec.id, record: {} };
  const lines = [header, intent, done].map((line) => `${JSON.stringify(line)}\n`);
  writeFileSync(join(lab, 'journal.jsonl'), lines.join(''));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('ssh and console say that the VM does not run, and what starts it', async () => {
  for (const words of [
    ['ssh', 'vm1'],
    ['ssh', 'vm1', '--', 'true'],
    ['console', 'vm1'],
  ]) {
    const { exitCode, stdout, stderr } = await labnet(...words);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^labnet: vm1 does not run\n {2}.*labnet repair starts it again$/);
  }
});

test('verify says it of each VM', async () => {
  const { exitCode, stdout } = await labnet('verify', '--json');
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    vms: [{ state: 'stopped' }, { state: 'stopped' }],
    verify: {
      probes: ['vm1', 'vm2'].map((vm) => ({
        id: 'host-guest',
        vm,
        reason: `${vm} does not run: its QEMU has ended`,
      })),
    },
  });
});

test('status tells it from a lab that is up', async () => {
  const { exitCode, stdout } = await labnet('status');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^lab: no VM runs; .*labnet provision goes on from here/m);
});

test('explain knows the kinds that this lab has none of', async () => {
  const { stdout } = await labnet('explain', 'internet');
  expect(stdout).toContain('# internet:server: ');
  const { stdout: own } = await labnet('explain', 'bridge');
  expect(own).not.toContain('nsenter');
});

test('destroy of another name says which there are', async () => {
  const { exitCode, stdout } = await labnet('destroy', 'lob', '--yes');
  expect([exitCode, stdout]).toEqual([0, 'There is no lab lob: nothing to remove; there is lab.']);
});

test('an export that fails leaves nothing', async () => {
  const { exitCode, stderr } = await labnet('export', '--out', 'course');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('/var/lib/labnet/images does not exist');
  expect(existsSync(join(directory, 'course'))).toBe(false);
  mkdirSync(join(directory, 'mine'));
  await labnet('export', '--out', 'mine');
  expect(readdirSync(join(directory, 'mine'))).toEqual([]);
});

test('a command with --json prints one object, so it must be one that ends', async () => {
  for (const words of [
    ['ssh', 'vm1'],
    ['console', 'vm1'],
  ]) {
    const { exitCode, stdout } = await labnet(...words, '--json');
    expect([exitCode, JSON.parse(stdout).error.code]).toEqual([2, 'usage']);
  }
});
