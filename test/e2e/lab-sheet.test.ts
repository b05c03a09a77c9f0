/** The lab sheet exactly: e1000, IDE, global forwarding; and its disks, booted by its own line without the seed. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { namespaces } from '../setup/namespaces.ts';
import { type Workplace, workplace } from './workplace.ts';

let place: Workplace;
let before: Snapshot;

beforeAll(async () => {
  place = await workplace();
  before = await place.snapshot();
  copyFileSync(
    new URL('../../templates/labs/lab-sheet.yaml', import.meta.url),
    join(place.directory, 'lab.yaml'),
  );
});

afterAll(() => place.close());

test('the lab sheet comes up', async () => {
  const { status, value } = await place.json('provision', 'lab.yaml', '--sandbox');
  expect(value.error).toBeUndefined();
  expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
  expect(status).toBe(0);
  expect(value.vms.map(({ address, mac }) => [address, mac])).toEqual([
    ['192.168.6.1', '00:11:22:33:44:51'],
    ['192.168.6.2', '00:11:22:33:44:52'],
  ]);
  const { stdout } = await place.labnet(
    'ssh',
    'vm1',
    'lsblk -dno NAME; sudo dmesg | grep -o e1000 | head -1',
  );
  expect(stdout.split('\n')).toEqual(['sda', 'sr0', 'e1000']);
});

test('destroy keeps the disks when asked', async () => {
  const { status, stdout } = await place.labnet('destroy', '--keep-disks', '--yes');
  expect([status, stdout]).toEqual([0, expect.stringContaining('overlay:vm1')]);
  expect(existsSync(join(place.state, 'labs/lab-sheet/vm1/sda-vm1.qcow2'))).toBe(true);
});

test('a disk boots by the lab sheet’s own line, without the seed, and is still configured', async () => {
  const spaces = namespaces(place.enter);
  const host = await spaces.make('host');
  const [log, lab] = [join(place.directory, 'by-hand.log'), join(place.state, 'labs/lab-sheet')];
  const line = `qemu-system-x86_64 -accel tcg -smp 2 -m 512 -hda ${lab}/vm1/sda-vm1.qcow2 -device e1000,netdev=net0,mac=00:11:22:33:44:51 -netdev tap,id=net0,script=no`;
  const boot = [...line.split(' '), '-display', 'none', '-serial', `file:${log}`];
  const [program = '', ...args] = [...place.enter, 'nsenter', `--net=${host}`, '--', ...boot];
  const byHand = execa(program, args, { reject: false });
  try {
    await expect
      .poll(() => spaces.run(host, 'ip', 'link', 'show', 'tap0').catch(() => ''), { timeout: 20_000 })
      .toContain('tap0');
    for (const argv of [
      'link add br0 type bridge',
      'link set tap0 master br0',
      'link set tap0 up',
      'link set br0 up',
      'address add 192.168.6.10/24 dev br0',
    ]) {
      await spaces.run(host, 'ip', ...argv.split(' '));
    }
    await expect
      .poll(() => (existsSync(log) ? readFileSync(log, 'latin1') : ''), { timeout: 300_000, interval: 500 })
      .toContain('vm1 login:');
    const ssh = [
      'ssh',
      '-F',
      'none',
      '-i',
      `${lab}/id_ed25519`,
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'LogLevel=ERROR',
      'student@192.168.6.1',
    ];
    const seen = await spaces.run(
      host,
      ...ssh,
      'hostname; grep -c "^127.0.0.1 vm1$" /etc/hosts; grep vm2 /etc/hosts; ip -4 -o address show eth0 | grep -o "192[^ ]*/24"; ip route show default',
    );
    expect(seen.split('\n').map((text) => text.trim())).toEqual([
      'vm1',
      '1',
      '192.168.6.2 vm2',
      '192.168.6.1/24',
      expect.stringContaining('default via 192.168.6.10 dev eth0'),
    ]);
  } finally {
    await place
      .inside('pkill', '--signal', 'KILL', '--full', '^qemu-system-x86_64 -accel tcg')
      .catch(() => {});
    await byHand;
    await spaces.close();
  }
});

test('the kept disks come up again', async () => {
  const { status, value } = await place.json('provision', 'lab.yaml', '--sandbox');
  expect(value.error).toBeUndefined();
  expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
  expect(status).toBe(0);
});

test('export writes disks, seeds and a manifest; destroy leaves nothing', async () => {
  expect((await place.labnet('export', '--out', 'course')).status).toBe(1);
  await place.labnet('destroy', '--keep-disks', '--yes');
  const { status, stdout } = await place.labnet('export', 'lab-sheet', '--out', 'course', '--json');
  expect(status).toBe(0);
  const { files } = JSON.parse(stdout) as { files: readonly { file: string; sha256: string }[] };
  expect(files.map(({ file }) => file)).toEqual([
    'base.qcow2',
    'sda-vm1.qcow2',
    'seed-vm1.iso',
    'sda-vm2.qcow2',
    'seed-vm2.iso',
  ]);
  const info = JSON.parse(
    (await execa('qemu-img', ['info', '--output=json', join(place.directory, 'course/sda-vm1.qcow2')]))
      .stdout,
  ) as Record<string, string>;
  expect(info['backing-filename']).toBe('base.qcow2');
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
});
