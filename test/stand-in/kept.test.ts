/** What is kept of a running lab is not lost by what fails later. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;

beforeAll(async () => {
  place = await standInPlace();
  expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
});

afterAll(() => place.close());

const checkpoints = async () => (await place.labnet('checkpoint', 'list')).stdout;
const disk = () => `${place.state}/labs/own/one/sda-one.qcow2`;

test('a checkpoint of the same name that fails leaves the earlier one', async () => {
  expect((await place.labnet('checkpoint', 'lesson')).status).toBe(0);
  const earlier = await checkpoints();
  expect(earlier).toContain('lesson');
  await place.inHost('pkill', '--full', '--', '-uuid');
  expect((await place.labnet('checkpoint', 'lesson')).status).toBe(1);
  expect(await checkpoints()).toBe(earlier);
  expect((await place.labnet('restore', 'lesson')).status).toBe(0);
});

test('one that works takes its place', async () => {
  expect((await place.labnet('checkpoint', 'lesson')).status).toBe(0);
  expect((await checkpoints()).match(/^lesson\b/gm)).toHaveLength(1);
  expect((await place.labnet('restore', 'lesson')).status).toBe(0);
});

test('one that is half made is listed as such; it is removed by name, and what has no name is told', async () => {
  expect((await place.labnet('checkpoint', 'make', 'second', '--lab', 'own')).status).toBe(0);
  rmSync(`${place.state}/checkpoints/own/second/saved.json`);
  expect(await checkpoints()).toMatch(/^second +- +cannot be read/m);
  expect(await place.json('checkpoint', 'list')).toMatchObject({
    value: { checkpoints: [{ name: 'lesson' }], unreadable: ['second'] },
  });
  expect((await place.labnet('restore', 'second', '--lab', 'own')).status).toBe(1);
  expect((await place.labnet('checkpoint', 'remove', 'second')).status).toBe(0);
  expect(await checkpoints()).not.toContain('second');
  const { status, stderr } = await place.labnet('checkpoint', 'remove', 'second');
  expect([status, stderr]).toEqual([2, expect.stringContaining('it has lesson')]);
  for (const name of ['list', 'remove', '../lesson', 'A'])
    expect((await place.labnet('checkpoint', 'make', name)).status).toBe(2);
  // What names no checkpoint leads nowhere: of such a path nothing is looked at, nor removed.
  mkdirSync(`${place.state}/elsewhere.old`);
  for (const command of [['restore'], ['checkpoint', 'remove']])
    expect((await place.labnet(...command, '../../elsewhere')).status).toBe(2);
  expect(readdirSync(place.state)).toContain('elsewhere.old');
  rmSync(`${place.state}/elsewhere.old`, { recursive: true });
});

test('a lab that is down is not brought back to anything: its disks stay', async () => {
  await place.inHost('pkill', '--full', '--', '-uuid');
  rmSync(`${place.run}/own`, { recursive: true });
  const before = readFileSync(disk());
  const { status, stderr } = await place.labnet('restore', 'lesson');
  expect(status).toBe(1);
  expect(stderr).toContain('own is down');
  expect(stderr).toContain('labnet repair own');
  expect(readFileSync(disk()).equals(before)).toBe(true);

  // Meanwhile the host is in a network of the same addresses: the bridge would take them over.
  await place.inHost('ip', 'link', 'delete', 'dev', 'br0');
  await place.inHost('ip', 'link', 'add', 'dev', 'lan0', 'type', 'bridge');
  await place.inHost('ip', 'address', 'add', '192.168.6.77/24', 'dev', 'lan0');
  await place.inHost('ip', 'address', 'add', '192.168.6.200/25', 'dev', 'lan0');
  await place.inHost('ip', 'link', 'set', 'dev', 'lan0', 'up');
  const refused = await place.labnet('repair');
  expect(refused.status).toBe(4);
  expect(refused.stderr).toContain('192.168.6.0/24 overlaps 192.168.6.0/24 on lan0');
  expect(refused.stderr).toContain('192.168.6.0/24 overlaps 192.168.6.128/25 on lan0');
  expect(refused.stderr.match(/give the lab another subnet/g)).toHaveLength(1);
  await place.inHost('ip', 'link', 'delete', 'dev', 'lan0');

  expect(await place.labnet('repair')).toMatchObject({ status: 0 });
  expect((await place.labnet('restore', 'lesson')).status).toBe(0);
});

test('a QEMU that does not start is no fault of what is kept: it stays, and nothing is tried twice', async () => {
  const kept = () => readdirSync(`${place.directory}/cache/states`);
  expect(await place.labnet('destroy', '--yes')).toMatchObject({ status: 0 });
  const before = kept();
  expect(before).toHaveLength(1);
  const [bin, real] = [`${place.directory}/path`, `${place.directory}/stand-in/qemu-system-x86_64`];
  mkdirSync(bin, { mode: 0o755 });
  const starved = 'case "$*" in *-incoming*) echo "cannot set up guest memory" >&2; exit 1;; esac';
  writeFileSync(`${bin}/qemu-system-x86_64`, `#!/bin/sh\n${starved}\nexec ${real} "$@"\n`, { mode: 0o755 });
  const failed = await place.labnet('provision', 'lab.yaml');
  expect(failed.status).toBe(1);
  expect(failed.stderr).toContain('cannot set up guest memory');
  expect(failed.stderr).not.toContain('of no use');
  expect(kept()).toEqual(before);
  rmSync(bin, { recursive: true });
  const again = await place.labnet('provision', 'lab.yaml');
  expect(again).toMatchObject({ status: 0 });
  expect(again.stderr).not.toContain('State kept');
  expect(kept()).toEqual(before);
});

test('one that cannot be loaded is given up, and the lab boots', async () => {
  expect(await place.labnet('destroy', '--yes')).toMatchObject({ status: 0 });
  const [key = ''] = readdirSync(`${place.directory}/cache/states`);
  const memory = `${place.directory}/cache/states/${key}/one.memory`;
  writeFileSync(memory, readFileSync(memory).fill(0));
  const { status, stderr } = await place.labnet('provision', 'lab.yaml');
  expect(status).toBe(0);
  expect(stderr).toContain('What was kept is of no use');
});
