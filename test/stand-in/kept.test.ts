/** What is kept of a running lab is not lost by what fails later. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
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
  await place.inHost('ip', 'link', 'set', 'dev', 'lan0', 'up');
  const refused = await place.labnet('repair');
  expect(refused.status).toBe(4);
  expect(refused.stderr).toContain('192.168.6.0/24 overlaps 192.168.6.0/24 on lan0');
  await place.inHost('ip', 'link', 'delete', 'dev', 'lan0');

  expect(await place.labnet('repair')).toMatchObject({ status: 0 });
  expect((await place.labnet('restore', 'lesson')).status).toBe(0);
});

test('a way out that is closed is no fault of what is kept: it stays, and nothing is tried twice', async () => {
  const kept = () => readdirSync(`${place.directory}/cache/states`);
  expect(await place.labnet('destroy', '--yes')).toMatchObject({ status: 0 });
  const before = kept();
  expect(before).toHaveLength(1);
  await place.inside(place.internet, 'nft', 'add', 'table', 'inet', 'closed');
  const chain = ['input', '{ type filter hook input priority 0; policy drop; }'];
  await place.inside(place.internet, 'nft', 'add', 'chain', 'inet', 'closed', ...chain);
  const failed = await place.labnet('provision', 'lab.yaml');
  expect(failed.status).not.toBe(0);
  expect(failed.stderr).not.toContain('of no use');
  expect(kept()).toEqual(before);
  await place.inside(place.internet, 'nft', 'delete', 'table', 'inet', 'closed');
  expect(await place.labnet('provision', 'lab.yaml')).toMatchObject({ status: 0 });
  expect(kept()).toEqual(before);
});
