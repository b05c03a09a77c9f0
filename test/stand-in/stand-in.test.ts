/** The stand-in is no pretence: what its guests report is what passed through bridge, rules and NAT. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabReportJson } from '../setup/labnet-runs.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;

beforeAll(async () => {
  place = await standInPlace();
});

afterAll(() => place.close());

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

test('a disk that its VM may not open stops the VM, as with QEMU', async () => {
  expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
  expect((await place.labnet('destroy', '--yes', '--keep-disks')).status).toBe(0);
  await place.inHost('chown', '0:0', `${place.state}/labs/own/one/sda-one.qcow2`);
  const { status, value } = await place.json('provision', 'lab.yaml');
  expect(status).toBe(1);
  expect(value.error.message).toContain('sda-one.qcow2');
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
});
