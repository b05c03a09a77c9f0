/** The checks of a guest's shell, on files and programs that say what a guest's would. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** Makes one check with one path of the script replaced by another; its status and what it says. */
function answer(line: string, [from, to]: readonly [string, string]) {
  const text = (name: string) => readFileSync(`${shipped.guest}${name}`, 'utf8');
  const functions = `ping_seconds=7\nconnection_seconds=2\n${text('checks.sh')}\n${text('cloud-init.sh')}`;
  const [, status, , seen] = execFileSync('sh', ['-s'], {
    input: `${functions}\ncheck it 0 ${line}`.replaceAll(from, to),
    env: { ...process.env, PATH: `${directory}:${process.env.PATH}` },
  })
    .toString()
    .trimEnd()
    .split('\t');
  return `${status}: ${seen?.replaceAll(to, from)}`;
}

/** Makes one check with this content in the file that it reads; its status and what it says. */
function check(line: string, file: string, content: string) {
  const place = join(directory, 'file');
  writeFileSync(place, content);
  return answer(line, [file, place]);
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
  expect(check('route default 192.168.6.10 eth0', '/proc/net/route', table)).toContain(verdict);
});

test.each([
  ['0-1', 'passed: 0-1'],
  ['0', 'failed: 0, expected 0-1'],
  ['', 'failed: nothing, expected 0-1'],
])('CPUs that are %j', (list, verdict) => {
  const place = '/sys/devices/system/cpu/online';
  expect(check(`file ${place} is 0-1`, place, `${list}\n`)).toBe(verdict);
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
  const names = "name '127.0.0.1 vm1' name '192.168.6.2 vm2'";
  expect(check(`file /etc/hosts ${names}`, '/etc/hosts', content)).toBe(verdict);
});

test.each([
  ['none', '{\n "v1": {\n  "datasource": "x",\n  "errors": []\n }\n}\n', 'passed: ended without errors'],
  ['none, and more', '{\n "v1": {\n  "errors": [],\n  "x": 1\n }\n}\n', 'passed: ended without errors'],
  ['one', '{\n "v1": {\n  "errors": [\n   "no disk"\n  ]\n }\n}\n', 'failed: no disk'],
  ['none, in one line', '{"v1": {"errors": []}}\n', 'passed: ended without errors'],
])("cloud-init's errors: %s", (_, content, verdict) => {
  expect(check("command 'cloud_init_ended this' 0 ''", '/run/cloud-init/result.json', content)).toBe(verdict);
});

test.each([
  [
    'all',
    'failed: these of its modules have failed: mounts timezone; /var/log/cloud-init.log in the VM tells more',
  ],
  ['this', 'passed: ended without errors'],
])("cloud-init's failures of a boot before this one, of a guest that may restart: %j", (boots, verdict) => {
  const log = join(directory, 'log');
  const failed = (name: string) =>
    `2026-11-30 23:46:46,591 - util.py[WARNING]: Running module ${name} (<module 'cloudinit.config.cc_${name}' from '/x.py'>) failed\n`;
  writeFileSync(log, `${failed('timezone')}a line of its own\n${failed('mounts')}${failed('timezone')}`);
  // Takes "-n" and the program, and has it read that log.
  writeFileSync(join(directory, 'sudo'), `#!/bin/sh\nexec "$2" "$3" "$4" '${log}'\n`, { mode: 0o755 });
  const result = '{\n "v1": {\n  "errors": []\n }\n}\n';
  const line = `command 'cloud_init_ended ${boots}' 0 ''`;
  expect(check(line, '/run/cloud-init/result.json', result)).toBe(verdict);
});

test.each([
  ['vm1', 'passed: vm1'],
  ['vm1.lan', 'failed: vm1.lan, expected vm1'],
  ['localhost', 'failed: localhost, expected vm1'],
])('the host name %s', (found, verdict) => {
  mkdirSync(join(directory, 'kernel'));
  writeFileSync(join(directory, 'kernel/hostname'), `${found}\n`);
  expect(answer('kernel_param kernel.hostname vm1', ['/proc/sys/', `${directory}/`])).toBe(verdict);
});

test.each([
  ['net.ipv4.ip_forward', '1', 'passed: 1'],
  ['net.ipv4.conf.eth0/100.forwarding', '1', 'passed: 1'],
  ['net.ipv4.tcp_rmem', '4096 131072 6291456', 'passed: 4096 131072 6291456'],
  ['net.ipv4.ip_forward', '0', 'failed: 1, expected 0'],
  ['net.ipv9.x', '0', 'failed: there is no net.ipv9.x'],
])('the setting %s that shall be %j', (name, value, verdict) => {
  mkdirSync(join(directory, 'net/ipv4/conf/eth0.100'), { recursive: true });
  for (const place of ['ip_forward', 'conf/eth0.100/forwarding'])
    writeFileSync(join(directory, `net/ipv4/${place}`), '1\n');
  writeFileSync(join(directory, 'net/ipv4/tcp_rmem'), '4096\t131072\t6291456\n');
  expect(answer(`kernel_param ${name} '${value}'`, ['/proc/sys/', `${directory}/`])).toBe(verdict);
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
  expect(check('address eth0 192.168.6.1/24', '/no/file', '')).toContain(verdict);
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
  expect(check('servers 192.168.6.10', '/etc/resolv.conf', content)).toContain(verdict);
});

test.each([
  ['an address', '192.0.2.7  STREAM www.lab.test', 0, 'passed: www.lab.test is 192.0.2.7'],
  ['nothing', '', 2, 'failed: www.lab.test has no address (asked: 192.168.6.10)'],
])('a look-up that ends with %s', (_, prints, status, verdict) => {
  program('getent', prints, status);
  expect(check("dns www.lab.test A ''", '/etc/resolv.conf', 'nameserver 192.168.6.10\n')).toBe(verdict);
});

test.each([
  [0, 'passed: 192.168.6.2 answers'],
  [1, 'failed: 192.168.6.2 does not answer to ping within 7 s'],
  [2, 'failed: 192.168.6.2 does not answer to ping within 7 s'],
])('a ping that ends with %i', (status, verdict) => {
  program('ping', '', status);
  expect(check('ping 192.168.6.2', '/no/file', '')).toBe(verdict);
});

test.each([
  ['10.1.0.0/16', '192.168.6.3', 'passed: 192.168.6.3'],
  ['10.1.0.0/17', '192.168.6.3', 'failed: nothing, expected 192.168.6.3'],
  ['192.168.6.0/24', '0.0.0.0', 'passed: 0.0.0.0'],
])('the route to %s', (to, via, verdict) => {
  const table = header + way + lan + route('eth0', '0000010A', '0306A8C0', '0000FFFF');
  expect(check(`route ${to} ${via} eth0`, '/proc/net/route', table)).toBe(verdict);
});

test.each([
  ['192.0.2.7 192.0.2.9', 'passed: 192.0.2.7 192.0.2.9 '],
  ['192.0.2.9 192.0.2.7', 'passed: 192.0.2.7 192.0.2.9 '],
  ['192.0.2.7', 'failed: 192.0.2.7 192.0.2.9 , expected 192.0.2.7 '],
])('a name that shall be %s and no more', (is, verdict) => {
  const lines = ['192.0.2.9', '192.0.2.7'].flatMap((one) => [`${one} STREAM www`, `${one} DGRAM`]);
  program('getent', lines.join('\n'));
  expect(check(`dns www A '' ${is}`, '/no/file', '')).toBe(verdict.trimEnd());
});

test.each([
  ["''", 'passed: /etc/x is there'],
  ['mode 0640', 'passed: 640'],
  ['mode 640', 'passed: 640'],
  ['mode 0644', 'failed: 640, expected 644'],
  ['owner root', 'passed: root'],
  ['owner student', 'failed: root, expected student'],
  ["contains 'a b'", 'passed: /etc/x is there'],
  ["contains '/^a.*b$/' mode 640", 'passed: 640'],
  ["contains '/^b/'", 'failed: /etc/x lacks: /^b/'],
  ["contains '*'", 'failed: /etc/x lacks: *'],
  ["absent ''", 'failed: /etc/x is there'],
])('a file that shall be: %s', (facets, verdict) => {
  writeFileSync(join(directory, 'x'), 'first\na b\n', { mode: 0o640 });
  expect(answer(`file /etc/x ${facets}`, ['/etc/x', join(directory, 'x')])).toBe(verdict);
});

test.each([
  ["''", 'failed: /etc/y is not there'],
  ["absent ''", 'passed: /etc/y is not there'],
])('a file that is not there, and shall be: %s', (facets, verdict) => {
  expect(answer(`file /etc/y ${facets}`, ['/etc/y', join(directory, 'y')])).toBe(verdict);
});

test.each([
  ['running yes', 'active', 0, 'passed: nginx is active'],
  ['running yes', 'failed', 3, 'failed: nginx is failed, expected running: yes'],
  ['running no', 'inactive', 3, 'passed: nginx is inactive'],
  ['enabled no', 'enabled', 0, 'failed: nginx is enabled, expected enabled: no'],
])('a service that shall be %s and is %s', (facets, prints, status, verdict) => {
  program('systemctl', prints, status);
  expect(check(`service nginx ${facets}`, '/no/file', '')).toBe(verdict);
});

test.each([
  ["true 0 ''", 'passed: it ended with status 0'],
  ["false 0 ''", 'failed: it ended with status 1, expected 0'],
  ["'exit 3' 3 ''", 'passed: it ended with status 3'],
  ["'echo \"a\\\\tb\"; echo last' 0 '/^a/'", 'passed: last'],
  ["'echo 20.00g' 0 20.00", 'passed: 20.00g'],
  ["'echo 19.00g' 0 20.00", 'failed: 19.00g, expected 20.00'],
])('the command %s', (words, verdict) => {
  expect(check(`command ${words}`, '/no/file', '')).toBe(verdict);
});

test('a check with time is made again until it comes true', () => {
  const place = join(directory, 'late');
  const script = `${readFileSync(`${shipped.guest}checks.sh`, 'utf8')}\n(sleep 0.7; : > ${place}) &\ncheck it 20 file ${place} ''\n`;
  const [, status, ms] = execFileSync('sh', ['-s'], { input: script }).toString().split('\t');
  expect(status).toBe('passed');
  expect(Number(ms)).toBeGreaterThanOrEqual(500);
});
