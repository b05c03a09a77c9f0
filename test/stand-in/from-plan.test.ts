/** A lab that is on this host comes up again as it was planned, without its file: what labnet@NAME.service does at boot. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;
let before: Snapshot;
let file: string;

beforeAll(async () => {
  place = await standInPlace();
  before = await place.snapshot();
  file = readFileSync(join(place.directory, 'lab.yaml'), 'utf8');
});

afterAll(() => place.close());

test('it takes a lab that is here, and no file besides', async () => {
  for (const [words, said] of [
    [['--lab', 'own'], 'there is none'],
    [['lab.yaml', '--lab', 'own'], 'both --lab and lab.yaml'],
    [['--vms', '2', '--lab', 'own'], 'both --lab and --vms'],
  ] as const) {
    const { status, value } = await place.json('provision', ...words);
    expect([status, value.error.code]).toEqual([2, 'usage']);
    expect(value.error.message).toContain(said);
  }
  expect(await place.snapshot()).toEqual(before);
});

test('with the disks that were kept, all promises hold again, and the disks are the same', async () => {
  expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
  const disk = join(place.state, 'labs/own/one/sda-one.qcow2');
  const kept = statSync(disk).ino;
  expect((await place.labnet('destroy', 'own', '--yes', '--keep-disks')).status).toBe(0);
  rmSync(join(place.directory, 'lab.yaml'));
  const { status, value } = await place.json('provision', '--lab', 'own');
  expect(value.error).toBeUndefined();
  expect([status, value.ok]).toEqual([0, true]);
  expect(statSync(disk).ino).toBe(kept);
  // Once more, on the lab that runs: nothing changes.
  expect((await place.json('provision', '--lab', 'own')).status).toBe(0);
  expect((await place.labnet('status', 'own')).status).toBe(0);
  expect(file).toContain('own');
});

test('with its base image gone it says so, and touches nothing', async () => {
  expect((await place.labnet('destroy', 'own', '--yes', '--keep-disks')).status).toBe(0);
  const entry = join(place.state, 'images/debian-11.json');
  const known = readFileSync(entry);
  rmSync(entry);
  const { status, value } = await place.json('provision', '--lab', 'own');
  expect([status, value.error.code]).toEqual([4, 'host-cannot']);
  expect(value.error.message).toContain('the base image of own is not in the store');
  await place.feedHost(['tee', entry], known.toString());
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
});
