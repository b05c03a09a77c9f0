/** A run that is told to end, or to destroy, takes all that it must with it. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQmp } from '../../src/host/qmp.ts';
import { vmPaths } from '../../src/paths.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;

beforeAll(async () => {
  place = await standInPlace();
});

afterAll(() => place.close());

test('a provision that is told to end undoes what it began', async () => {
  const before = await place.snapshot();
  const run = place.start('provision', 'lab.yaml');
  await run.said('Machines');
  // As the cage knows it: the first of its name is labnet, what follows is what it has started.
  const [pid = ''] = (await place.inHost('pgrep', '--full', 'node .* provision lab.yaml')).split('\n');
  await place.inHost('kill', '-TERM', pid);
  expect((await run.ended).status).not.toBe(0);
  expect(await place.snapshot()).toEqual(before);
});

test('destroy takes the lab, its checkpoints, and the directories that are empty then', async () => {
  const before = await place.snapshot();
  expect((await place.labnet('provision', 'lab.yaml')).status).toBe(0);
  expect((await place.labnet('checkpoint', 'lesson')).status).toBe(0);
  const checkpoints = join(place.state, 'checkpoints', 'own');
  expect(existsSync(checkpoints)).toBe(true);
  const { status, stdout } = await place.labnet('destroy', '--yes');
  expect(status).toBe(0);
  expect(stdout).toContain('checkpoints removed: lesson');
  expect(existsSync(checkpoints)).toBe(false);
  expect(await place.snapshot()).toEqual(before);
});

test('destroy takes what a run left that was killed at its very start', async () => {
  const before = await place.snapshot();
  mkdirSync(join(place.state, 'labs'), { mode: 0o711 });
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
});

test('disks that are kept without what a VM held in its memory are told', async () => {
  const warning = 'warning: one did not shut down and was switched off';
  expect((await place.labnet('provision', 'lab.yaml')).status).toBe(0);
  const roots = { state: place.state, run: place.run, cache: '' };
  const qmp = await openQmp(vmPaths(roots, 'own', 'one').qmp, { timeout: 5_000 });
  await qmp.execute('stop');
  qmp.close();
  const off = await place.labnet('destroy', '--yes', '--keep-disks');
  expect([off.status, off.stderr]).toEqual([0, expect.stringContaining(warning)]);
  expect((await place.labnet('provision', 'lab.yaml')).status).toBe(0);
  const down = await place.labnet('destroy', '--yes', '--keep-disks');
  expect([down.status, down.stderr]).toEqual([0, expect.not.stringContaining(warning)]);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
});
