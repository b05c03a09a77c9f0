/** Others interfere with a running lab on a real network: status names it at once, repair sets it right or says why not. */
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQmp } from '../../src/host/qmp.ts';
import { vmPaths } from '../../src/paths.ts';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { hostSettings, iptablesRule } from './host-network.ts';
import { type StandInPlace, standInPlace } from './place.ts';

interface StatusJson {
  readonly resources: readonly {
    readonly id: string;
    readonly presence: string;
    readonly differences: readonly string[];
  }[];
}

interface RepairJson {
  readonly ok: boolean;
  readonly resources: readonly { readonly id: string; readonly outcome: string; readonly reason?: string }[];
}

let place: StandInPlace;
/** Milliseconds of each status, by interference: printed, since a busy machine is no defect. */
const times: [string, number][] = [];

beforeAll(async () => {
  place = await standInPlace();
});

afterAll(async () => {
  for (const [title, ms] of times) process.stdout.write(`status, ${title}: ${ms} ms\n`);
  await place.close();
});

const shell = (line: string) => place.inHost(...line.split(' '));

/** Id and state or differences of what is not ours or not whole, as `status` tells it. */
async function adrift(title: string): Promise<readonly string[]> {
  const started = performance.now();
  const { status, value } = await place.json('status');
  times.push([title, Math.round(performance.now() - started)]);
  const { resources } = value as unknown as StatusJson;
  const told = resources.filter(({ presence }) => presence !== 'ours');
  expect(status).toBe(told.length === 0 ? 0 : 1);
  return told.map(({ id, presence, differences }) => `${id}: ${[presence, ...differences].join('; ')}`);
}

async function repair() {
  const { status, value } = await place.json('repair');
  const { ok, resources } = value as unknown as RepairJson;
  const of = (outcome: string) =>
    resources
      .filter((one) => one.outcome === outcome)
      .map(({ id, reason }) => [id, reason].filter(Boolean).join(': '));
  return { status, ok, repaired: of('repaired'), notRepaired: of('not repaired') };
}

/** QEMU's pid in the place. */
const qemu = async () => (await shell('pgrep --full -- -uuid')).trim();

/** The base image's file. */
function base(): string {
  const images = join(place.state, 'images');
  return join(images, readdirSync(images).find((name) => name.endsWith('.qcow2')) ?? '');
}

const withoutEntry = ({ files, ...rest }: Snapshot) => ({
  ...rest,
  files: (files as string[]).filter((line) => !line.includes('debian-11.json')),
});

/** What a restart of nftables.service does: all is flushed, the administrator's own rules are loaded. */
async function flushAsService() {
  const rules = join(place.directory, 'admin.nft');
  writeFileSync(rules, await shell('nft list table inet admin'));
  await shell('nft flush ruleset');
  await shell(`nft --file ${rules}`);
  await place.inHost('iptables', ...iptablesRule);
}

/** What a hardening script does: forwarding off, and the administrator's own settings. */
async function stopForwarding() {
  await shell('sysctl -qw net.ipv4.ip_forward=1 net.ipv4.ip_forward=0');
  await place.inHost('sysctl', '-qw', ...hostSettings);
}

async function pause() {
  const roots = { state: place.state, run: place.run, cache: '' };
  const qmp = await openQmp(vmPaths(roots, 'own', 'one').qmp, { timeout: 5_000 });
  await qmp.execute('stop');
  qmp.close();
}

describe('a lab on the host’s own network', () => {
  let before: Snapshot;

  beforeAll(async () => {
    before = await place.snapshot();
    expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
  });

  test.each([
    [
      'flush ruleset, by a firewall service',
      () => flushAsService(),
      ['anti-spoof:one: absent', 'firewall:labnet_own: absent'],
    ],
    [
      'ip_forward=0 after 1',
      () => stopForwarding(),
      [
        'bridge:br0: drifted; net.ipv4.conf.br0.forwarding is 0, not 1',
        'forwarding:uplink: drifted; net.ipv4.conf.up0.forwarding is 0, not 1',
      ],
    ],
    [
      'the uplink’s forwarding is cleared',
      () => shell('sysctl -qw net.ipv4.conf.up0.forwarding=0'),
      ['forwarding:uplink: drifted; net.ipv4.conf.up0.forwarding is 0, not 1'],
    ],
    [
      'a tap leaves the bridge',
      () => shell('ip link set dev tap0 nomaster'),
      ['tap:one: drifted; tap0 is not plugged into br0'],
    ],
    [
      'br0 loses its address',
      () => shell('ip address flush dev br0'),
      ['bridge:br0: drifted; br0 lacks the address 192.168.6.10/24'],
    ],
    ['br0 is down', () => shell('ip link set dev br0 down'), ['bridge:br0: drifted; br0 is down']],
    [
      'br0 is deleted',
      () => shell('ip link delete dev br0'),
      ['bridge:br0: absent', 'tap:one: drifted; tap0 is not plugged into br0'],
    ],
    ['a table is deleted', () => shell('nft delete table inet labnet_own'), ['firewall:labnet_own: absent']],
    ['QEMU is killed', async () => shell(`kill -KILL ${await qemu()}`), ['machine:one: absent']],
    ['the VM is paused', () => pause(), ['machine:one: drifted; QEMU does not run the VM: paused']],
    [
      'a tap is deleted',
      () => shell('ip link delete dev tap0'),
      ['tap:one: absent', "machine:one: drifted; QEMU has lost the VM's network cable tap0"],
    ],
    [
      'the base image is touched',
      async () => utimesSync(base(), new Date(), new Date()),
      [expect.stringMatching(/^image:debian-11: drifted; \S+ was written to, or replaced/)],
    ],
  ])('%s: named, repaired, verified', async (title, deed, seen) => {
    await deed();
    const told = await adrift(title);
    for (const one of seen) expect(told).toContainEqual(one);
    expect(await repair()).toMatchObject({ status: 0, ok: true, notRepaired: [] });
    expect(await adrift(`${title}, repaired`)).toEqual([]);
  });

  test('a base image whose content changed is explained', async () => {
    const content = readFileSync(base());
    writeFileSync(base(), Buffer.concat([content.subarray(0, -1), Buffer.from('x')]));
    expect(await adrift('base image changed')).toContainEqual(
      expect.stringMatching(/^image:debian-11: drifted/),
    );
    const { status, notRepaired } = await repair();
    expect(status).toBe(1);
    expect(notRepaired).toEqual([
      expect.stringMatching(/^image:debian-11: the base image debian-11 has changed/),
    ]);
    writeFileSync(base(), content);
    expect(await repair()).toMatchObject({ status: 0, notRepaired: [] });
  });

  test('a foreign bridge in the place is refused', async () => {
    await shell('ip link delete dev br0');
    await shell('ip link add name br0 type bridge');
    const { status, value } = await place.json('repair');
    expect(status).toBe(5);
    expect(value.error.message).toContain('an interface br0 exists and it carries no mark of labnet');
    await shell('ip link delete dev br0');
    expect(await repair()).toMatchObject({ status: 0, notRepaired: [] });
  });

  test('destroy --check afterwards: the host is as it was, and a second look agrees', async () => {
    const { status, stdout, stderr } = await place.labnet('destroy', '--yes', '--check');
    expect(stdout + stderr).toContain('the host is as it was before the first provision');
    expect(status).toBe(0);
    // A repair has noted the new date of the base image.
    expect(withoutEntry(await place.snapshot())).toEqual(withoutEntry(before));
  });
});

describe('a disk that is full', () => {
  let before: Snapshot;

  beforeAll(async () => {
    // Small, so that filling it fills nothing else. The image's new inode is noticed and noted.
    await place.inHost('cp', '-a', join(place.state, 'images'), join(place.directory, 'images'));
    await shell(`mount -t tmpfs -o size=2g,mode=0711 tmpfs ${place.state}`);
    await place.inHost('cp', '-a', join(place.directory, 'images'), place.state);
    before = await place.snapshot();
    const { value } = await place.json('provision', 'lab.yaml');
    expect(value.error).toBeUndefined();
    await shell(`mount -o remount,size=8m ${place.state}`);
  });

  test('stops the VM; status and repair say why; with room again, repair lets it go on', async () => {
    const filler = join(place.state, 'filler');
    await shell(`dd if=/dev/zero of=${filler} bs=4k status=none`).catch(() => {});
    await shell(`kill -USR1 ${await qemu()}`);
    const reason = expect.stringMatching(
      /QEMU does not run the VM: io-error, the file system of \S+sda-one\.qcow2 is full; make room there first$/,
    );
    expect(await adrift('disk full')).toEqual([reason]);
    const { status, notRepaired } = await repair();
    expect(notRepaired).toEqual([reason]);
    expect(status).toBe(1);
    const verified = await place.json('verify');
    expect(verified.status).toBe(3);
    expect(verified.value.verify.probes).toMatchObject([
      { id: 'host-guest', status: 'failed', reason: expect.stringContaining('io-error, the file system of') },
    ]);
    await shell(`rm ${filler}`);
    // Longer than a clock may be late: it stood still with the VM.
    await setTimeout(6_000);
    expect(await repair()).toMatchObject({
      status: 0,
      repaired: ['machine:one', 'clock:one'],
      notRepaired: [],
    });
    expect(await adrift('disk full, repaired')).toEqual([]);
    expect((await place.labnet('destroy', '--yes')).status).toBe(0);
    await shell(`mount -o remount,size=2g ${place.state}`);
    expect(withoutEntry(await place.snapshot())).toEqual(withoutEntry(before));
  });
});
