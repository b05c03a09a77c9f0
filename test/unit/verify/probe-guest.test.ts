/** The parts of the guest's probe script that the shell does by itself, on files that say what a guest's would. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shipped } from '../../../src/paths.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-probes-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

/** A program of the guest's that prints this. */
function program(name: string, prints: string, status = 0) {
  writeFileSync(join(directory, name), `#!/bin/sh\ncat <<'end'\n${prints}\nend\nexit ${status}\n`, {
    mode: 0o755,
  });
}

/** Runs one check with this content in the file that it reads; its status and what it says. */
function check(name: string, file: string, content: string, variables: Readonly<Record<string, string>>) {
  const functions = readFileSync(`${shipped.guest}probe-guest.sh`, 'utf8').split('\nsync\n')[0] ?? '';
  const place = join(directory, 'file');
  writeFileSync(place, content);
  const script = `${functions.replaceAll(file, place)}\nprobe it ${name}`;
  const [, status, , seen] = execFileSync('sh', ['-s'], {
    input: script,
    env: { ...process.env, PATH: `${directory}:${process.env.PATH}`, ...variables },
  })
    .toString()
    .trimEnd()
    .split('\t');
  return `${status}: ${seen?.replace(place, file)}`;
}

const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
const route = (device: string, to: string, via: string, mask: string) =>
  `${device}\t${to}\t${via}\t0003\t0\t0\t0\t${mask}\t0\t0\t0   \n`;
const way = route('eth0', '00000000', '0A06A8C0', '00000000');
const lan = route('eth0', '0006A8C0', '00000000', '00FFFFFF');

test.each([
  ['the gateway', header + way + lan, 'passed: 192.168.6.10'],
  ['none', header + lan, 'failed: nothing, expected 192.168.6.10'],
  [
    'another one',
    header + route('eth0', '00000000', 'FE0210AC', '00000000'),
    'failed: 172.16.2.254, expected',
  ],
  ['two', header + way + way, 'failed: 192.168.6.10 192.168.6.10, expected'],
  ['that of another NIC', header + route('eth1', '00000000', '0A06A8C0', '00000000'), 'failed: nothing'],
  ['a half of all', header + route('eth0', '00000000', '0A06A8C0', '00000080'), 'failed: nothing'],
])('the default route: %s', (_, table, verdict) => {
  expect(check('check_route', '/proc/net/route', table, { gateway: '192.168.6.10' })).toContain(verdict);
});

test.each([
  ['0-1', '2'],
  ['0', '1'],
  ['0,2-3,7', '4'],
  ['0-15', '16'],
])('CPUs %s are %s', (list, count) => {
  const place = '/sys/devices/system/cpu/online';
  expect(check('check_cpus', place, `${list}\n`, { cpus: count, cpu_seconds: '0' })).toBe(`passed: ${count}`);
});

test.each([
  ['all names', '127.0.0.1\tlocalhost\n127.0.0.1 vm1\n192.168.6.2   vm2\n', 'passed: all names are in it'],
  ['the last line without an end', '127.0.0.1 vm1\n192.168.6.2 vm2', 'passed: all names are in it'],
  ['its own not', '127.0.0.1\tlocalhost\n192.168.6.2 vm2\n', 'failed: /etc/hosts lacks: 127.0.0.1 vm1'],
  [
    'another address',
    '127.0.0.1 vm1\n192.168.6.3 vm2\n',
    'failed: /etc/hosts gives vm2 to 192.168.6.3, expected 192.168.6.2',
  ],
  ['one name too many', '127.0.0.1 vm1\n192.168.6.2 vm2 vm3\n', 'failed: /etc/hosts lacks: 192.168.6.2 vm2'],
  ['nothing', '', 'failed: /etc/hosts lacks: 127.0.0.1 vm1'],
  [
    'given to another address first',
    '127.0.0.1 vm1\n127.0.1.1\tx vm2\n192.168.6.2 vm2\n',
    'failed: /etc/hosts gives vm2 to 127.0.1.1, expected 192.168.6.2',
  ],
  ['given to it twice', '127.0.0.1 vm1\n192.168.6.2 x vm2\n192.168.6.2 vm2\n', 'passed: all names are in it'],
  ['in a comment before', '127.0.0.1 vm1\n9.9.9.9 x # vm2\n192.168.6.2 vm2\n', 'passed: all names are in it'],
  ['of IPv6 before', '127.0.0.1 vm1\n::1 vm2\n192.168.6.2 vm2\n', 'passed: all names are in it'],
])('names: %s', (_, content, verdict) => {
  const variables = { hostname: 'vm1', hosts: 'vm2=192.168.6.2' };
  expect(check('check_hosts', '/etc/hosts', content, variables)).toBe(verdict);
});

test.each([
  ['none', '{\n "v1": {\n  "datasource": "x",\n  "errors": []\n }\n}\n', 'passed: ended without errors'],
  ['none, and more', '{\n "v1": {\n  "errors": [],\n  "x": 1\n }\n}\n', 'passed: ended without errors'],
  ['one', '{\n "v1": {\n  "errors": [\n   "no disk"\n  ]\n }\n}\n', 'failed: no disk'],
  ['none, in one line', '{"v1": {"errors": []}}\n', 'passed: ended without errors'],
])("cloud-init's errors: %s", (_, content, verdict) => {
  expect(check('check_cloud_init', '/run/cloud-init/result.json', content, {})).toBe(verdict);
});

test.each([
  [
    'yes',
    'failed: these of its modules have failed: mounts timezone; /var/log/cloud-init.log in the VM tells more',
  ],
  ['', 'passed: ended without errors'],
])(
  "cloud-init's failures of a boot before this one, of a guest that may restart: %j",
  (mayLeave, verdict) => {
    const log = join(directory, 'log');
    const failed = (name: string) =>
      `2026-11-30 23:46:46,591 - util.py[WARNING]: Running module ${name} (<module 'cloudinit.config.cc_${name}' from '/x.py'>) failed\n`;
    writeFileSync(log, `${failed('timezone')}a line of its own\n${failed('mounts')}${failed('timezone')}`);
    // Takes "-n" and the program, and has it read that log.
    writeFileSync(join(directory, 'sudo'), `#!/bin/sh\nexec "$2" "$3" "$4" '${log}'\n`, { mode: 0o755 });
    const result = '{\n "v1": {\n  "errors": []\n }\n}\n';
    const variables = { may_leave: mayLeave };
    expect(check('check_cloud_init', '/run/cloud-init/result.json', result, variables)).toBe(verdict);
  },
);

test.each([
  ['vm1', 'passed: vm1'],
  ['vm1.lan', 'failed: vm1.lan, expected vm1'],
  ['localhost', 'failed: localhost, expected vm1'],
])('the host name %s', (found, verdict) => {
  expect(check('check_hostname', '/proc/sys/kernel/hostname', `${found}\n`, { hostname: 'vm1' })).toBe(
    verdict,
  );
});

const addressLine = (address: string) =>
  `2: eth0    inet ${address} brd 192.168.6.255 scope global eth0\\   valid_lft forever`;

test.each([
  ['its own', addressLine('192.168.6.1/24'), 'passed: 192.168.6.1/24'],
  ['none', '', 'failed: nothing, expected 192.168.6.1/24'],
  ['that of another', addressLine('192.168.6.2/24'), 'failed: 192.168.6.2/24, expected'],
  ['in another network', addressLine('192.168.6.1/16'), 'failed: 192.168.6.1/16, expected'],
  [
    'a second beside it, as of a DHCP client',
    `${addressLine('192.168.6.1/24')}\n${addressLine('192.168.6.77/24')}`,
    'failed: 192.168.6.1/24 192.168.6.77/24, expected',
  ],
])('the address: %s', (_, prints, verdict) => {
  program('ip', prints);
  expect(check('check_address', '/no/file', '', { address: '192.168.6.1/24' })).toContain(verdict);
});

test.each([
  ['the one', 'nameserver 192.168.6.10\n', 'passed: 192.168.6.10'],
  ['none', '# nameserver 192.168.6.10\n', 'failed: nothing, expected 192.168.6.10'],
  ['another', 'search lan\nnameserver 127.0.0.53\n', 'failed: 127.0.0.53, expected'],
  [
    'another first',
    'nameserver 9.9.9.9\nnameserver 192.168.6.10\n',
    'failed: 9.9.9.9 192.168.6.10, expected',
  ],
])('the resolver: %s', (_, content, verdict) => {
  expect(check('check_resolver', '/etc/resolv.conf', content, { resolvers: '192.168.6.10' })).toContain(
    verdict,
  );
});

test.each([
  ['an address', '192.0.2.7  STREAM www.lab.test', 0, 'passed: www.lab.test is 192.0.2.7'],
  ['nothing', '', 2, 'failed: www.lab.test has no address (asked: 192.168.6.10)'],
])('a look-up that ends with %s', (_, prints, status, verdict) => {
  program('getent', prints, status);
  const variables = { target_name: 'www.lab.test', resolvers: '192.168.6.10' };
  expect(check('look_up', '/no/file', '', variables)).toBe(verdict);
});

test.each([
  [0, 'passed: 192.168.6.2 answers'],
  [1, 'failed: 192.168.6.2 does not answer to ping within 7 s'],
  [2, 'failed: 192.168.6.2 does not answer to ping within 7 s'],
])('a ping that ends with %i', (status, verdict) => {
  program('ping', '', status);
  expect(check('answers 192.168.6.2', '/no/file', '', { ping_seconds: '7' })).toBe(verdict);
});
