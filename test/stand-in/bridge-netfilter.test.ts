/** With br_netfilter, which Docker loads, the firewalls of others see the frames from guest to guest as well. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FirewallPlace, firewallPlace, table } from './firewall-place.ts';
import { labFile } from './host-network.ts';

let place: FirewallPlace;

beforeAll(async () => {
  place = await firewallPlace();
  writeFileSync(join(place.directory, 'two.yaml'), `${labFile.trimEnd().slice(0, -1)}, two: {cpus: 1}}\n`);
});

afterAll(() => place.close());

afterEach(() => place.reset());

const bridgeNetfilter = (value: number) =>
  place.inHost('sysctl', '-qw', `net.bridge.bridge-nf-call-iptables=${value}`);

const drop = (rules: string) => place.nft(table('inet', 'forward priority 0', 'drop', rules));

/** Lets through what goes out, and its answers; nothing else. */
const outside = `
  iifname "br0" oifname "up0" accept
  iifname "up0" oifname "br0" ct state established accept`;

test('a policy of drop: both ways are refused at once, and what is told to type opens both', async () => {
  await bridgeNetfilter(1);
  await drop('');
  const { lines, changes } = await place.refused(
    /stops what goes from guest to guest on br0\n.*stops what goes from br0 to up0/,
    'two.yaml',
  );
  expect(changes).toEqual([]);
  await place.type(lines);
  await place.works('two.yaml');
});

test('the way out alone let through: two VMs are refused, one is not', async () => {
  await bridgeNetfilter(1);
  await drop(outside);
  await place.works('lab.yaml');
  const { lines, changes } = await place.refused(
    /packets:\n.*stops what goes from guest to guest on br0$/,
    'two.yaml',
  );
  expect(changes).toEqual([]);
  await place.type(lines);
  await place.works('two.yaml');
});

test('turned on after the lab: status names the rule, and it is what the guests find', async () => {
  await bridgeNetfilter(0);
  await drop(outside);
  expect((await place.json('provision', 'two.yaml')).value.error).toBeUndefined();
  await bridgeNetfilter(1);
  const { status, stdout } = await place.labnet('status');
  expect(status).toBe(1);
  expect(stdout).toContain('inet theirs check: policy drop stops what goes from guest to guest on br0');
  const { value } = await place.json('verify');
  const failed = value.verify.probes.filter((probe) => probe.status === 'failed');
  expect(failed.map(({ vm, id }) => `${vm} ${id}`)).toEqual([
    'one guest-guest:two',
    'one guest-guest-name:two',
    'two guest-guest:one',
    'two guest-guest-name:one',
  ]);
  await bridgeNetfilter(0);
  expect((await place.labnet('status')).status).toBe(0);
  expect((await place.json('verify')).value.verify.ok).toBe(true);
});
