/** The stand-in is no pretence: what its guests report is what passed through bridge, rules and NAT. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabReportJson } from '../setup/labnet-runs.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;

beforeAll(async () => {
  place = await standInPlace();
});

afterAll(() => place.close());

const kept = (table: string) => [...table.matchAll(/^(?:state|template)\b/gm)].map(([kind]) => kind);
const signs = (console: string) => console.match(/Linux version|labnet-(?:gate|ready)/g);
const cold = ['Linux version', 'labnet-ready'];
const cloned = ['Linux version', 'labnet-gate', 'labnet-ready'];
const failing = (report: LabReportJson) =>
  report.verify.probes.filter(({ status }) => status !== 'passed').map(({ vm, id }) => `${vm} ${id}`);

test('two VMs in a sandbox: made, proved, seen, removed without a trace', async () => {
  const before = await place.snapshot();
  const { status, value } = await place.json('provision', '--vms', '2', '--sandbox');
  expect(value.error).toBeUndefined();
  expect(failing(value)).toEqual([]);
  expect(value.verify.probes).toHaveLength(32);
  expect(status).toBe(0);
  expect((await place.labnet('status')).status).toBe(0);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
});

test('a lab on the host’s own network: the same, and each fault shows in the probe that it concerns', async () => {
  const before = await place.snapshot();
  const { status, value } = await place.json('provision', 'lab.yaml');
  expect(value.error).toBeUndefined();
  expect(failing(value)).toEqual([]);
  expect(status).toBe(0);
  expect(await place.snapshot()).not.toEqual(before);
  for (const file of ['sda-one.qcow2', 'seed.iso'])
    expect(statSync(join(place.state, 'labs', 'own', 'one', file)).mode & 0o777, file).toBe(0o600);

  await place.inHost('nft', 'flush', 'chain', 'inet', 'labnet_own', 'postrouting');
  const unmasked = await place.json('verify');
  expect(unmasked.status).toBe(3);
  expect(failing(unmasked.value)).toEqual(['one internet-gateway', 'one internet-name', 'one internet-tcp']);

  await place.inHost('ip', 'link', 'set', 'dev', 'tap0', 'nomaster');
  const unplugged = await place.json('verify');
  expect(unplugged.status).toBe(3);
  expect(failing(unplugged.value)).toContain('one guest-host');
  expect(failing(unplugged.value)).toContain('one host-guest');

  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
});

test('a guest that ssh does not reach is entered by the port of QEMU, and tells all the same', async () => {
  expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
  writeFileSync(join(place.state, 'labs', 'own', 'known_hosts'), '');
  const closed = await place.json('verify');
  expect(closed.status).toBe(3);
  expect(failing(closed.value)).toEqual(['one ssh']);
  expect(closed.value.verify.probes.map(({ id }) => id)).toContain('internet-tcp');
  expect(closed.value.verify.probes.find(({ id }) => id === 'ssh')?.reason).toMatch(
    /^cannot enter one by ssh, so it was entered by a port of QEMU: Host key verification failed/,
  );

  // What is wrong inside shows, too.
  await place.inHost('nft', 'flush', 'chain', 'inet', 'labnet_own', 'postrouting');
  expect(failing((await place.json('verify')).value)).toEqual([
    'one ssh',
    'one internet-gateway',
    'one internet-name',
    'one internet-tcp',
  ]);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
});

test('whoever reads standard error may leave: the lab is made all the same', async () => {
  const run = place.start('provision', 'lab.yaml', '--yes', '--verbose');
  await run.said('ip');
  run.hangUp();
  expect((await run.ended).status).toBe(0);
  expect((await place.labnet('verify')).status).toBe(0);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
});

test('a disk that its VM may not open stops the VM, as with QEMU', async () => {
  expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
  expect((await place.labnet('destroy', '--yes', '--keep-disks')).status).toBe(0);
  await place.inHost('chown', '0:0', `${place.state}/labs/own/one/sda-one.qcow2`);
  const { status, value } = await place.json('provision', 'lab.yaml');
  expect(status).toBe(1);
  expect(value.error.message).toContain('sda-one.qcow2');
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
});

test('clones: a template is made, VMs go on from it, and from the kept state when the lab comes again', async () => {
  const before = await place.snapshot();
  writeFileSync(
    join(place.directory, 'twins.yaml'),
    'image: debian-12\nvms: {one: {cpus: 2}, two: {cpus: 2}}\n',
  );
  const provision = async (booted: readonly string[], ...flags: string[]) => {
    const { status, value } = await place.json('provision', 'twins.yaml', '--sandbox', ...flags);
    expect(value.error).toBeUndefined();
    expect(failing(value)).toEqual([]);
    expect(status).toBe(0);
    expect(signs((await place.labnet('logs', 'one')).stdout)).toEqual(booted);
  };
  const destroy = async () => {
    expect((await place.labnet('destroy', '--yes')).status).toBe(0);
    expect(await place.snapshot()).toEqual(before);
  };
  const cache = join(place.directory, 'cache');
  rmSync(cache, { recursive: true, force: true });
  await provision(cloned);
  expect(kept((await place.labnet('cache', 'list')).stdout)).toEqual(['state', 'template']);
  await destroy();

  // Whoever can do without it goes on from the kept state.
  rmSync(join(cache, 'templates'), { recursive: true });
  await provision(cloned);
  expect(kept((await place.labnet('cache', 'list')).stdout)).toEqual(['state']);
  expect((await place.labnet('reset')).status).toBe(0);
  await destroy();

  // As long as before, and no state any more: QEMU ends over it, and the VMs come another way.
  const [state = ''] = readdirSync(join(cache, 'states'));
  const memory = join(cache, 'states', state, 'one.memory');
  writeFileSync(memory, readFileSync(memory).fill(0));
  await provision(cloned);
  expect(kept((await place.labnet('cache', 'list')).stdout)).toEqual(['state', 'template']);
  await destroy();

  // A template that does not load is thrown away, and the VMs boot.
  const [template = ''] = readdirSync(join(cache, 'templates'));
  const templateMemory = join(cache, 'templates', template, 'template.memory');
  writeFileSync(templateMemory, readFileSync(templateMemory).fill(0));
  await provision(cold, '--fresh');
  expect(kept((await place.labnet('cache', 'list')).stdout)).toEqual(['state']);
  await destroy();

  await provision(cold, '--cold');
  await destroy();
});
