/** Labs of an ordinary user, on his own host: made, proved and removed without any right, and the PC does not notice. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnPlace, ownPlace } from './own-place.ts';

let place: OwnPlace;

beforeAll(async () => {
  place = await ownPlace();
});

afterAll(() => place.close());

const failing = (probes: readonly { readonly id: string; readonly status: string }[]) =>
  probes.filter(({ status }) => status !== 'passed').map(({ id }) => id);

/** The first process of the user's own host, as the test sees it. */
const noteOf = () => join(place.home, '.local/state/labnet/own-host.json');
const holder = () => String(JSON.parse(readFileSync(noteOf(), 'utf8')).pid);

/** Before anything was made: what the home holds besides the images. */
const untouched = ['.local', '.local/state', '.local/state/labnet', 'lab.yaml'];
/** Afterwards the cache may hold what is kept of labs: templates and states. */
const leftIn = () => place.files().filter((path) => !path.startsWith('.cache'));

test('a sandbox of two VMs: made, proved, seen, removed without a trace', async () => {
  const before = await place.pc.snapshot();
  const { status, value } = await place.json('provision', '--vms', '2', '--sandbox');
  expect(value.error).toBeUndefined();
  expect(failing(value.verify.probes)).toEqual([]);
  expect(value.verify.probes).toHaveLength(32);
  expect(status).toBe(0);
  // Nothing of the PC's own network has changed while the lab is up.
  expect((await place.pc.snapshot()).links).toEqual(before.links);
  expect((await place.labnet('status')).status).toBe(0);
  expect((await place.labnet('destroy', '--yes', '--check')).status).toBe(0);
  expect(await place.processes()).toEqual([]);
  expect(await place.pc.snapshot()).toEqual(before);
  expect(leftIn()).toEqual(untouched);
});

test('a lab goes out as the PC does, and an end of all that the user runs is a reboot to it', async () => {
  const before = await place.pc.snapshot();
  const first = await place.json('provision', 'lab.yaml');
  expect(first.value.error).toBeUndefined();
  expect(failing(first.value.verify.probes)).toEqual([]);
  expect(first.value.verify.probes.map(({ id }) => id)).toContain('internet-gateway');

  await place.asUser('kill', '-KILL', holder());
  await expect.poll(() => place.processes()).toEqual([]);
  const seen = await place.labnet('status');
  expect(seen.stdout).toContain('own: stopped, the host was rebooted');
  const again = await place.json('provision', 'lab.yaml');
  expect(failing(again.value.verify.probes)).toEqual([]);

  // As a logout does where it ends a user's processes.
  await place.asUser('kill', '-TERM', holder());
  await expect.poll(() => place.processes()).toEqual([]);
  expect((await place.labnet('destroy', '--yes', '--check')).status).toBe(0);
  expect(await place.processes()).toEqual([]);
  expect(await place.pc.snapshot()).toEqual(before);
  expect(leftIn()).toEqual(untouched);
});

test('what takes a lab out is seen to be gone, and put back', async () => {
  expect((await place.labnet('provision', 'lab.yaml')).status).toBe(0);
  await place.asUser('pkill', '--full', '^pasta ');
  const gone = await place.labnet('status');
  expect(gone.status).toBe(1);
  expect(gone.stdout).toMatch(/^uplink:way-out +absent/m);
  const { status, value } = await place.json('repair');
  expect(status).toBe(0);
  expect(value.resources?.map(({ id }) => id)).toContain('uplink:way-out');
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.processes()).toEqual([]);
});

test('two terminals share it: neither ends it under the other', async () => {
  const [one, ...others] = await Promise.all([
    place.json('provision', 'lab.yaml', '--sandbox'),
    ...Array.from({ length: 4 }, () => place.labnet('status')),
  ]);
  expect(one.status).toBe(0);
  for (const { status, stderr } of others) expect([0, 1, 2], stderr).toContain(status);
  await Promise.all([place.labnet('destroy', '--yes'), place.labnet('cache', 'list')]);
  await expect.poll(() => place.processes()).toEqual([]);
  expect(leftIn()).toEqual(untouched);
});

test('a provision that is told to end undoes what it began, and its host ends', async () => {
  const before = await place.pc.snapshot();
  const run = place.start('provision', 'lab.yaml');
  await run.said('Machines');
  const [pid = ''] = (await place.asUser('pgrep', '--full', '^node .* provision lab.yaml')).split('\n');
  await place.asUser('kill', '-TERM', pid);
  const { status, stderr } = await run.ended;
  expect(status).toBe(130);
  expect(stderr.match(/SIGTERM: ending/g)).toHaveLength(1);
  expect(await place.processes()).toEqual([]);
  expect(await place.pc.snapshot()).toEqual(before);
  expect(leftIn()).toEqual(untouched);
});

test('lines to type are the user’s: labnet without sudo', async () => {
  const { status, stderr } = await place.labnet('ssh', 'one', '--', 'true');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^ {2}\S*labnet provision --vms 2 makes/m);
});

test('doctor says whose host it has looked at', async () => {
  const { stdout } = await place.labnet('doctor');
  expect(stdout).toContain('looked at: your own host on this PC');
  expect(stdout).toMatch(/^good +the kernel makes a bridge/m);
  expect(await place.processes()).toEqual([]);
});
