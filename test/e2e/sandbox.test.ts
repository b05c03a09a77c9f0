/** The reference lab, whole, on real VMs in a sandbox: made, proved, used, disturbed, rebooted, removed. */
import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAnswers } from '../../src/checks/answers.ts';
import type { Check } from '../../src/checks/check.ts';
import { guestScript } from '../../src/checks/script.ts';
import { localHost } from '../../src/host/local-host.ts';
import { runByChannel } from '../../src/reach/channel.ts';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { openTerminal } from './terminal.ts';
import { rightsOf, type Workplace, workplace } from './workplace.ts';

let place: Workplace;
let before: Snapshot;

beforeAll(async () => {
  place = await workplace();
  before = await place.snapshot();
});

afterAll(() => place.close());

const namespace = () => `${place.run}/lab/host.ns`;
const inSandbox = (...argv: string[]) => place.inside('nsenter', `--net=${namespace()}`, '--', ...argv);

const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** The QEMU processes of this lab's VMs. */
const machines = () =>
  pids().filter(
    (pid) => commandLine(pid).includes(`${place.state}/labs/lab/vm`) && commandLine(pid).startsWith('qemu'),
  );

test('two VMs come up and every probe passes', async () => {
  const { status, value } = await place.json('provision', '--vms', '2', '--sandbox');
  expect(value.error).toBeUndefined();
  expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
  expect(status).toBe(0);
  expect(value.ok).toBe(true);
  expect(
    value.vms.map(({ name, address, state, accelerator }) => [name, address, state, accelerator]),
  ).toEqual([
    ['vm1', '192.168.6.1', 'running', 'tcg'],
    ['vm2', '192.168.6.2', 'running', 'tcg'],
  ]);
  const ids = value.verify.probes.filter(({ vm }) => vm === 'vm1').map(({ id }) => id);
  expect(ids).toEqual([
    'host-guest',
    'ssh',
    'clock',
    'hostname',
    'etc-hosts',
    'address',
    'route',
    'resolver',
    'cpus',
    'cloud-init',
    'guest-host',
    'guest-guest:vm2',
    'guest-guest-name:vm2',
    'internet-gateway',
    'internet-name',
    'internet-tcp',
  ]);
});

test('both are clones of one template, and share nothing that tells who they are', async () => {
  const templates = readdirSync(join(place.directory, 'cache/templates'));
  expect(templates).toHaveLength(1);
  const memory = `cache/templates/${templates[0]}/template.memory`;
  expect(statSync(join(place.directory, memory)).mode & 0o777).toBe(0o600);
  const tell = [
    'cat /etc/machine-id; sudo cat /var/lib/systemd/random-seed | sha256sum; head -c 16 /dev/urandom | base64',
    'sudo cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub; cat /sys/class/net/eth0/address',
  ].join('; ');
  const told = await Promise.all(
    ['vm1', 'vm2'].map(async (vm) => (await place.labnet('ssh', vm, '--', tell)).stdout.trim().split('\n')),
  );
  const [one = [], other = []] = told;
  expect(one).toHaveLength(5);
  expect(one[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(one.filter((line) => other.includes(line))).toEqual([]);
  // The id stands on the disk, not on a mount over it; the journal goes on under it.
  const { stdout } = await place.labnet(
    ...[
      'ssh',
      'vm1',
      '--',
      'findmnt /etc/machine-id; systemctl --failed --no-legend; sudo journalctl -n1 -q -o cat',
    ],
  );
  expect(stdout.trim().split('\n')).toHaveLength(1);
});

test('both map the template’s memory, privately and from one place', () => {
  const maps = machines()
    .map((pid) => readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n'))
    .map((lines) => lines.find((line) => line.includes('/memfd:labnet-template')));
  expect(maps).toHaveLength(2);
  const [one, other] = maps.map((line) => line?.split(/\s+/) ?? []);
  expect(one?.[1]).toBe('rw-p');
  // The same inode: the pages that neither has changed are there once.
  expect(one?.slice(3, 6)).toEqual(other?.slice(3, 6));
});

test('again on a healthy lab: nothing changes, and it is verified', async () => {
  const journal = readFileSync(`${place.state}/labs/lab/journal.jsonl`, 'utf8');
  const { status, value } = await place.json('provision', '--vms', '2', '--sandbox');
  expect([status, value.ok]).toEqual([0, true]);
  expect(value.vms.filter((vm) => 'boot' in vm)).toEqual([]);
  expect(readFileSync(`${place.state}/labs/lab/journal.jsonl`, 'utf8')).toBe(journal);
});

test('another lab of the same name is refused', async () => {
  const { status, value } = await place.json('provision', '--vms', '3', '--sandbox');
  expect(status).toBe(2);
  expect(value.error.message).toContain('would change');
});

test('the QEMU processes have no rights, and no secret is in sight', async () => {
  expect(machines()).toHaveLength(2);
  const uids = machines().map((pid) => {
    const { Uid = '', CapEff, CapBnd, NoNewPrivs, Seccomp } = rightsOf(Number(pid));
    expect([CapEff, CapBnd, NoNewPrivs, Seccomp]).toEqual(['0000000000000000', '0000000000000000', '1', '2']);
    return Uid;
  });
  expect(new Set(uids).size).toBe(2);
  const password = (await place.labnet('console', 'vm1', '--show-password')).stdout.split(' ')[1] ?? '';
  expect(password).toMatch(/^[0-9a-f]{16}$/);
  const seen = [
    readFileSync(`${place.state}/labs/lab/journal.jsonl`, 'utf8'),
    readFileSync(`${place.state}/labs/lab/plan.json`, 'utf8'),
    ...pids().map(commandLine),
  ];
  expect(seen.some((text) => text.includes(password) || text.includes('OPENSSH PRIVATE'))).toBe(false);
});

test('ssh by name, with the host key known from the first connection', async () => {
  const { status, stdout } = await place.labnet('ssh', 'vm2', '--', 'hostname');
  expect([status, stdout.trim()]).toEqual([0, 'vm2']);
  expect((await place.labnet('ssh', 'vm2', '--', 'exit', '7')).status).toBe(7);
  expect((await place.labnet('ssh', 'vm9')).status).toBe(2);
  const captured = await place.labnet('ssh', 'vm2', '--json', '--', 'hostname');
  expect(JSON.parse(captured.stdout)).toEqual({
    ok: true,
    vm: 'vm2',
    status: 0,
    stdout: 'vm2\n',
    stderr: '',
  });
});

/** Runs a script in a VM as root, by the port of QEMU. */
async function byPort(vm: string, script: string) {
  const channel = `${place.run}/lab/${vm}/channel.sock`;
  return runByChannel(channel, script, { timeout: 120_000, most: 2 ** 20 }, localHost());
}

test('each verb of a check is asked in a VM, by QEMU’s port as by ssh, and can pass and fail', async () => {
  const server = { name: 'www.internet.test', type: 'A' } as const;
  const checks: readonly Check[] = [
    { id: 'ping', from: 'vm1', ping: 'vm2' },
    { id: 'ping-not', from: 'vm1', ping: '192.168.6.200' },
    { id: 'port', from: 'vm1', port: 'vm2:22' },
    { id: 'port-not', from: 'vm1', port: 'vm2:23' },
    {
      id: 'http',
      from: 'vm1',
      http: { url: 'http://www.internet.test/', status: 200, body: '/stand-in internet/' },
    },
    { id: 'http-not', from: 'vm1', http: { url: 'http://www.internet.test/', status: 404 } },
    { id: 'dns', from: 'vm1', dns: { ...server, is: ['203.0.113.80'] } },
    { id: 'dns-server', from: 'vm1', dns: { ...server, server: '203.0.113.80', is: ['203.0.113.80'] } },
    { id: 'dns-not', from: 'vm1', dns: { ...server, server: '203.0.113.80', is: ['203.0.113.81'] } },
    { id: 'route', vm: 'vm1', route: { to: '192.168.6.0/24', dev: 'eth0' } },
    { id: 'route-not', vm: 'vm1', route: { to: 'default', via: '192.168.6.11', dev: 'eth0' } },
    { id: 'address', vm: 'vm1', address: { dev: 'eth0', is: ['192.168.6.1/24'] } },
    { id: 'address-not', vm: 'vm1', address: { dev: 'eth0', is: ['192.168.6.2/24'] } },
    {
      id: 'file',
      vm: 'vm1',
      file: { '/etc/shadow': { exists: true, mode: '0640', owner: 'root', contains: ['student:'] } },
    },
    { id: 'file-not', vm: 'vm1', file: { '/etc/shadow': { exists: false } } },
    { id: 'service', vm: 'vm1', service: { ssh: { running: true, enabled: true } } },
    { id: 'service-not', vm: 'vm1', service: { nginx: { running: true } } },
    { id: 'command', vm: 'vm1', command: { run: 'exit 3', exit: 3 } },
    { id: 'command-not', vm: 'vm1', command: { run: 'echo 20.00g', exit: 0, stdout: '/^19/' } },
    { id: 'kernel-param', vm: 'vm1', 'kernel-param': { 'net.ipv4.ip_forward': '0' } },
    { id: 'kernel-param-not', vm: 'vm1', 'kernel-param': { 'kernel.hostname': 'vm2' } },
  ];
  const script = guestScript(checks, { pace: 1, mayLeave: false, restored: false });
  const { status, said } = await byPort('vm1', script);
  const ids = checks.map(({ id = '' }) => id);
  const wrong = [...readAnswers(said, ids)].filter(
    ([id, answer]) => (answer.status === 'passed') === id.endsWith('-not'),
  );
  expect(wrong).toEqual([]);
  expect(status).toBe(0);
});

test('a VM that has cut itself off is entered by QEMU’s port, and verify says what is wrong inside', async () => {
  await byPort('vm1', 'ip link set dev eth0 down; rm -f /home/student/.ssh/authorized_keys');
  const { status, value } = await place.json('verify');
  expect(status).toBe(3);
  const failed = value.verify.probes.filter((probe) => probe.vm === 'vm1' && probe.status === 'failed');
  const reasons = new Map(failed.map(({ id, reason }) => [id, reason]));
  expect(reasons.get('ssh')).toMatch(
    /so it was entered by a port of QEMU: .*; from inside: its eth0 is down$/,
  );
  expect(reasons.get('route')).toBe('nothing, expected 192.168.6.10');
  expect([...reasons.keys()]).not.toContain('hostname');
  // As it was: the key is its user's first one.
  const key = readFileSync(`${place.state}/labs/lab/id_ed25519.pub`, 'utf8').trim();
  await byPort(
    'vm1',
    [
      'ip link set dev eth0 up',
      'ip route add default via 192.168.6.10',
      `install -m 0600 -o student -g student /dev/null /home/student/.ssh/authorized_keys`,
      `echo '${key}' > /home/student/.ssh/authorized_keys`,
    ].join('\n'),
  );
  expect((await place.json('verify')).status).toBe(0);
});

test('a command has a terminal where labnet has one, and a language', async () => {
  const tell = 'test -t 0; echo "terminal $?, $LANG"';
  expect((await place.labnet('ssh', 'vm1', '--', tell)).stdout.trim()).toBe('terminal 1, C.UTF-8');
  const terminal = await openTerminal(place, 'ssh', 'vm1', '--', `'${tell.replaceAll('"', '')}'`);
  try {
    await expect.poll(terminal.screen, { timeout: 60_000 }).toContain('terminal 0, C.UTF-8');
  } finally {
    await terminal.close();
  }
});

test('the console logs in by itself, without the network', async () => {
  const terminal = await openTerminal(place, 'console', 'vm1');
  const { screen } = terminal;
  try {
    await expect.poll(screen, { timeout: 60_000 }).toContain('student@vm1:~$');
    await terminal.type('id -un > /tmp/who && cat /tmp/who', 'Enter');
    await expect.poll(screen, { timeout: 20_000 }).toMatch(/^student$/m);
    const second = await place.labnet('console', 'vm1');
    expect([second.status, second.stderr]).toEqual([
      75,
      expect.stringContaining('somebody is at the console'),
    ]);
    await terminal.type('C-]');
    await expect.poll(screen, { timeout: 20_000 }).toContain('ended with 0');
  } finally {
    await terminal.close();
  }
});

test('logs show the console', async () => {
  const { stdout } = await place.labnet('logs', 'vm1');
  expect(stdout).toContain('Linux version 5.10');
});

test('guests reach each other through br_netfilter and a forward policy of drop', async () => {
  await inSandbox('sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=1');
  const { status, value } = await place.json('verify');
  expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
  expect(status).toBe(0);
  await inSandbox('sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=0');
});

test('drift is seen and named, and a failing probe names the hop', async () => {
  expect((await place.labnet('status')).status).toBe(0);
  await inSandbox('ip', 'link', 'set', 'dev', 'tap1', 'nomaster');
  const { status, stdout } = await place.labnet('status');
  expect(status).toBe(1);
  expect(stdout).toMatch(/tap:vm2 +drifted +tap1 is not plugged into br0/);
  await inSandbox('ip', 'link', 'set', 'dev', 'tap1', 'master', 'br0');
  await inSandbox('nft', 'flush', 'chain', 'inet', 'labnet_lab', 'postrouting');
  const verified = await place.json('verify');
  expect(verified.status).toBe(3);
  const failed = verified.value.verify.probes.filter(
    (probe) => probe.status === 'failed' && probe.vm === 'vm1',
  );
  expect(failed.map(({ id }) => id)).toEqual(['internet-gateway', 'internet-name', 'internet-tcp']);
  expect(failed[0]?.reason).toContain("through the host's NAT");
  expect((await place.labnet('status')).stdout).toMatch(/firewall:labnet_lab +drifted .*masquerade/);
  await inSandbox(
    'nft',
    'add',
    'rule',
    'inet',
    'labnet_lab',
    'postrouting',
    'ip saddr 192.168.6.0/24 oifname "eth0" masquerade',
  );
  expect((await place.labnet('status')).status).toBe(0);
});

test('a guest that reboots is the same afterwards', async () => {
  const ready = () =>
    readFileSync(`${place.state}/labs/lab/vm1/console.log`, 'utf8').split('labnet-ready').length;
  const boots = ready();
  await place.labnet('ssh', 'vm1', '--', 'sudo', 'systemctl', 'reboot');
  await expect.poll(ready, { timeout: 300_000, interval: 500 }).toBeGreaterThan(boots);
  const { status, value } = await place.json('verify');
  expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
  expect(status).toBe(0);
});

test('reset brings one VM back to what it was, with a random stream of its own each time', async () => {
  const streams: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    await place.labnet('ssh', 'vm1', '--', 'touch', 'lost');
    const { status, value } = await place.json('reset', 'vm1');
    expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
    expect(status).toBe(0);
    const seen = await place.labnet('ssh', 'vm1', '--', 'ls; head -c 16 /dev/urandom | base64');
    streams.push(seen.stdout.trim());
  }
  expect(streams.some((stream) => stream.includes('lost'))).toBe(false);
  expect(new Set(streams).size).toBe(2);
  expect((await place.labnet('status')).status).toBe(0);
});

test('a checkpoint holds what had been written by then', async () => {
  await place.labnet('ssh', 'vm2', '--', 'touch', 'kept');
  expect((await place.labnet('checkpoint', 'lesson')).status).toBe(0);
  await place.labnet('ssh', 'vm2', '--', 'touch', 'lost');
  expect((await place.labnet('checkpoint', 'list')).stdout).toContain('lesson');
  expect((await place.json('restore', 'lesson')).status).toBe(0);
  expect((await place.labnet('ssh', 'vm2', '--', 'ls')).stdout.trim()).toBe('kept');
  expect((await place.labnet('restore', 'none')).status).toBe(1);
});

test('destroy leaves the host as it was; twice is fine', async () => {
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect((await place.labnet('destroy', 'lab', '--yes')).status).toBe(0);
});

test('the same lab again is loaded, not booted; a torn state is none', async () => {
  const again = await place.json('provision', '--vms', '2', '--sandbox');
  expect(again.value.error).toBeUndefined();
  expect(again.value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
  expect(again.value.vms.map((vm) => 'boot' in vm)).toEqual([false, false]);
  expect((await place.labnet('cache', 'list')).stdout).toContain('lab');
  const states = join(place.directory, 'cache/states');
  const [key = ''] = readdirSync(states);
  truncateSync(join(states, key, 'vm1.memory'), 1000);
  expect((await place.labnet('reset', 'vm1')).status).toBe(1);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
