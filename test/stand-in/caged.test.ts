/**
 * A cage keeps: with another lab of the same name beside it, its bridge, tap, rules and VM, and a mount that comes and goes, a lab
 * is made, proved and destroyed, and neither sees the other. What is beside is in a cage too, and the tested one was opened in it.
 */
import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCage } from '../setup/cage.ts';
import { foreignMounts } from '../setup/foreign-mounts.ts';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let beside: StandInPlace;
let place: StandInPlace;
let mounted: string;
let before: Readonly<Record<'beside' | 'place', Snapshot>>;

beforeAll(async () => {
  beside = await standInPlace();
  await made(beside);
  const besideAlone = await beside.snapshot();
  mounted = join(beside.directory, 'as-mmdebstrap');
  await beside.inHost('mkdir', mounted);
  await beside.inHost('mount', '-t', 'tmpfs', 'tmpfs', mounted);
  place = await standInPlace(undefined, beside.enter);
  before = { beside: besideAlone, place: await place.snapshot() };
});

afterAll(async () => {
  await place.close();
  await beside.close();
});

async function made(one: StandInPlace): Promise<void> {
  const { status, value } = await one.json('provision', 'lab.yaml');
  expect([status, value.error]).toEqual([0, undefined]);
}

async function works(one: StandInPlace): Promise<void> {
  const { status, value } = await one.json('verify');
  expect([status, value.verify.probes.filter((probe) => probe.status === 'failed')]).toEqual([0, []]);
}

test('what is beside would be in the way, were it seen', async () => {
  expect(await beside.inHost('ip', '-brief', 'link', 'show', 'master', 'br0')).toContain('tap0');
  expect(await beside.inHost('nft', 'list', 'tables')).toContain('table inet labnet_own');
  expect(await beside.inHost('cat', '/proc/self/mountinfo')).toContain(mounted);
  expect(JSON.stringify(before.place)).not.toContain(mounted);
  expect(JSON.stringify(before.place)).not.toContain('labnet-own-one');
});

test('the network of a cage has lo, up, and nothing else', async () => {
  const cage = await openCage(beside.enter);
  const [program = '', ...args] = [
    ...cage.enter,
    'sh',
    '-c',
    'ip -brief link; ls /sys/class/net; nft list tables',
  ];
  const { stdout } = await execa(program, args).finally(() => cage.close());
  expect(stdout.split(/\s+/)).toEqual(['lo', 'UNKNOWN', '00:00:00:00:00:00', '<LOOPBACK,UP,LOWER_UP>', 'lo']);
});

test('a lab is made and proved, and the one beside works on', async () => {
  await made(place);
  await beside.inHost('umount', mounted);
  // The kernel takes what is mounted on a directory that goes out of every namespace.
  rmdirSync(mounted);
  await works(place);
  await works(beside);
});

test('a VM of one is not taken for the other’s by whoever sees both', async () => {
  const vms = await beside.inHost('pgrep', '--full', '--list-full', '--', '-name labnet-own-one');
  const uuids = vms.split('\n').map((line) => / -uuid (\S+)/.exec(line)?.[1]);
  expect(uuids).toHaveLength(2);
  expect(new Set(uuids).size).toBe(2);
});

test('destroyed, it leaves its host as it was, and what is beside as well', async () => {
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before.place);
  await works(beside);
  await place.close();
  expect(await beside.snapshot()).toEqual(before.beside);
});

test('what the tests and their programs need stays mounted, wherever the checkout is', () => {
  const mounts = [
    ...[
      '/',
      '/proc',
      '/dev/shm',
      '/etc/resolv.conf',
      '/home',
      '/home/a/labnet',
      '/home/a/labnet/node_modules',
    ],
    ...[
      '/home/b',
      '/homes',
      '/run',
      '/run/netns/other',
      '/tmp',
      '/tmp/mmdebstrap.X',
      '/tmp/mmdebstrap.X/proc',
    ],
    ...['/tmp/of\\040mine', '/mnt'],
  ];
  const mountinfo = mounts.map((mount) => `1 2 0:3 / ${mount} rw - tmpfs tmpfs rw\n`).join('');
  expect(foreignMounts(mountinfo, { paths: ['/tmp'], tree: '/home/a/labnet' })).toEqual([
    ...['/mnt', '/tmp/of mine', '/tmp/mmdebstrap.X/proc', '/tmp/mmdebstrap.X'],
    ...['/run/netns/other', '/homes', '/home/b'],
  ]);
});
