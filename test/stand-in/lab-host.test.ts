/** `labnet host`: what stands in for a lab's host, looked into as the lab sheet teaches it. */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openTerminal } from '../e2e/terminal.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;

beforeAll(async () => {
  place = await standInPlace();
  expect((await place.json('provision', '--vms', '1', '--sandbox')).status).toBe(0);
});

afterAll(() => place.close());

test('ip and nft show the links and rules of the lab’s host', async () => {
  const { status, stdout } = await place.labnet('host', '--', 'ip', '-json', 'link');
  expect(status).toBe(0);
  const names = JSON.parse(stdout).map(({ ifname }: { readonly ifname: string }) => ifname);
  expect(names).toEqual(expect.arrayContaining(['br0', 'tap0']));
  expect((await place.labnet('host', 'lab', '--', 'nft', 'list', 'tables')).stdout).toContain('labnet_lab');
});

test('/sys shows the same links, and nothing is mounted for anybody else', async () => {
  const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8');
  const [before, outside] = [mounts(), await place.inHost('cat', '/proc/self/mountinfo')];
  expect((await place.labnet('host', '--', 'ls', '/sys/class/net/br0/brif')).stdout).toBe('tap0');
  expect(mounts()).toBe(before);
  expect(await place.inHost('cat', '/proc/self/mountinfo')).toBe(outside);
});

test('it is labnet’s own directory in which the command runs, and its status with which labnet ends', async () => {
  expect((await place.labnet('host', '--', 'pwd')).stdout).toBe(place.directory);
  expect((await place.labnet('host', '--', 'sh', '-c', 'exit 7')).status).toBe(7);
  const missing = await place.labnet('host', '--', 'no-such-program');
  expect([missing.status, missing.stderr]).toEqual([127, expect.stringContaining('no-such-program')]);
  const { status, stdout } = await place.labnet('host', '--json', '--', 'sh', '-c', 'echo here; exit 255');
  expect([status, JSON.parse(stdout)]).toEqual([
    1,
    { ok: false, lab: 'lab', status: 255, stdout: 'here\n', stderr: '' },
  ]);
});

const settings = () => ({
  LABNET_STATE: place.state,
  LABNET_RUN: place.run,
  LABNET_CACHE: `${place.directory}/cache`,
});

test('what the PC unmounts meanwhile is in no use there either', async () => {
  const script = `
mkdir stick && mount -t tmpfs labnet-stick stick
node "$1" host -- sh -c 'grep -c labnet-stick /proc/self/mountinfo; > there; until [ -e gone ]; do sleep 0.1; done
  grep -c labnet-stick /proc/self/mountinfo' &
until [ -e there ]; do sleep 0.1; done
umount stick && > gone
wait`;
  const argv = ['unshare', '--mount', '--propagation', 'shared', 'sh', '-ec', script, 'sh', inject('cli')];
  const [program = '', ...args] = [...place.enter, ...argv];
  expect((await execa(program, args, { env: settings(), timeout: 30_000 })).stdout).toBe('1\n0');
});

test('a shell has the terminal, and the network of the lab’s host', async () => {
  const { enter, directory, inside } = place;
  const env = { ...settings(), SHELL: '/bin/bash' };
  const inHost = (...argv: string[]) => inside(place.host, ...argv);
  const terminal = await openTerminal({ enter, directory, env, cli: inject('cli'), inside: inHost }, 'host');
  const { screen } = terminal;
  try {
    await expect.poll(screen, { timeout: 20_000 }).toContain("network of lab's host");
    await terminal.type('test -t 0 && ip -brief address show br0', 'Enter');
    await expect.poll(screen, { timeout: 20_000 }).toMatch(/^br0 .*192\.168\.6\.10\/24/m);
    await terminal.type('exit 3', 'Enter');
    await expect.poll(screen, { timeout: 20_000 }).toContain('ended with 3');
  } finally {
    await terminal.close();
  }
});

test('a lab whose host’s network is gone is said to be down, with the line that brings it up', async () => {
  const path = `${place.run}/lab/host.ns`;
  await place.inHost('umount', path);
  const { status, stderr } = await place.labnet('host', '--', 'true');
  expect([status, stderr]).toEqual([1, expect.stringContaining('the lab lab is not up')]);
  expect(stderr).toMatch(/labnet.* provision --lab lab brings it up again$/m);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
});

test('a lab on the host’s own network is refused in a sentence', async () => {
  expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
  const { status, stderr } = await place.labnet('host', '--', 'ip', 'address');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^labnet: the host of the lab own is this PC itself: commands .*\n {2}ip address$/);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
});
