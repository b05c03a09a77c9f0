/** Guests that fail, restart or leave as the lab file tells them to: what a user sees of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { LabReportJson } from '../setup/labnet-runs.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;

beforeAll(async () => {
  place = await standInPlace();
});

afterEach(async () => {
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
});

afterAll(() => place.close());

async function provision(vm: string, image = 'debian-11') {
  writeFileSync(join(place.directory, 'told.yaml'), `image: ${image}\nvms: {one: ${vm}}\n`);
  const { status, value } = await place.json('provision', 'told.yaml', '--sandbox');
  expect(value.error).toBeUndefined();
  return { status, failed: failedOf(value), state: value.vms[0]?.state };
}

const failedOf = ({ verify }: LabReportJson) =>
  verify.probes.filter(({ status }) => status === 'failed').map(({ id, reason }) => `${id}: ${reason}`);

const consoleOf = async () => (await place.labnet('logs', 'one')).stdout;

test('a run line that fails is named, with its status, what it said, and what was not run; also by verify', async () => {
  const lines = ['echo fine; exit 0', 'echo out of cheese; exit 42', 'echo never; exit 0'];
  const { status, failed, state } = await provision(`{run: ${JSON.stringify(lines)}}`);
  const told =
    'run: run line 2 (`echo out of cheese; exit 42`) ended with status 42; not run: run line 3; it said last:\n    out of cheese';
  expect([status, failed, state]).toEqual([3, [told], 'running']);
  const { stdout, status: verified } = await place.labnet('verify');
  expect([verified, stdout]).toEqual([3, expect.stringContaining(`failed   one  ${told}`)]);
});

test('a guest that restarts itself is proved afterwards, when the rest of its lines have run, and kept so', async () => {
  const vm = `{run: [reboot, reboot, echo the end]}`;
  expect(await provision(vm, 'debian-12')).toEqual({ status: 0, failed: [], state: 'running' });
  expect((await consoleOf()).match(/Linux version|labnet-ready|run line \d of 3 begins/g)).toEqual([
    ...['Linux version', 'run line 1 of 3 begins', 'Linux version', 'run line 2 of 3 begins'],
    ...['Linux version', 'run line 3 of 3 begins', 'labnet-ready'],
  ]);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect((await place.labnet('cache', 'list')).stdout).toMatch(/^state\b/m);
  expect(await provision(vm, 'debian-12')).toEqual({ status: 0, failed: [], state: 'running' });
});

test('one whose cloud-init restarts it after it was ready is proved afterwards', async () => {
  const vm = '{cloud_config: {power_state: {mode: reboot, delay: now, timeout: 30}}}';
  expect(await provision(vm)).toEqual({ status: 0, failed: [], state: 'running' });
  expect((await consoleOf()).match(/Linux version|labnet-ready/g)).toEqual([
    ...['Linux version', 'labnet-ready', 'Linux version', 'labnet-ready'],
  ]);
});

test('one that switches itself off is named, with the line that did it and those that wait', async () => {
  const { status, failed, state } = await provision('{run: [poweroff, echo on again]}');
  const told =
    'host-guest: one switched itself off: run line 1 (`poweroff`) was the last to begin, and run line 2 did not; sudo labnet repair starts it again, and it goes on with them';
  expect([status, failed, state]).toEqual([3, [told], 'stopped']);
});

test('the same by its cloud-init, after it was ready', async () => {
  const { status, failed, state } = await provision('{cloud_config: {power_state: {mode: poweroff}}}');
  const told = 'host-guest: one switched itself off; sudo labnet repair starts it again';
  expect([status, failed, state]).toEqual([3, [told], 'stopped']);
});

test('one that halts is named', async () => {
  const { status, failed } = await provision('{run: [halt]}');
  const told =
    'host-guest: one halted: run line 1 (`halt`) was the last to begin; its QEMU runs, and it never will';
  expect([status, failed]).toEqual([3, [told]]);
});
