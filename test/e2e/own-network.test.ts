/** Without --sandbox: the host's own network, which here is a namespace with an uplink, an internet and traps. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { type Namespaces, namespaces } from '../setup/namespaces.ts';
import { type Workplace, workplace } from './workplace.ts';

let spaces: Namespaces;
let place: Workplace;
let before: Snapshot;

beforeAll(async () => {
  place = await workplace();
  spaces = namespaces(place.enter);
  const internet = await spaces.make('internet');
  const inHost = (line: string) => place.inside(...line.split(' '));
  const inInternet = (line: string) => spaces.run(internet, ...line.split(' '));
  // Link-local addresses are there at once, not after a second of duplicate detection.
  await inHost('sysctl -qw net.ipv6.conf.default.accept_dad=0');
  await inHost(`ip link add up0 type veth peer name up0 netns ${internet}`);
  await inInternet('ip address add 198.51.100.1/24 dev up0');
  await inInternet('ip address add 203.0.113.80/32 dev lo');
  await inInternet('ip link set up0 up');
  await inHost('ip address add 198.51.100.2/24 dev up0');
  await inHost('ip link set up0 mtu 1400 up');
  await inHost('ip route add default via 198.51.100.1');
  // Traps: what labnet must leave exactly as it is.
  await inHost('ip link add virbr0 type bridge');
  await inHost('ip tuntap add foreign0 mode tap');
  await inHost('sysctl -qw net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.foreign0.forwarding=1');
  await inHost('nft add table inet admin');
  await inHost('nft add chain inet admin post { type nat hook postrouting priority 100 ; }');
  await inHost('nft add rule inet admin post ip saddr 192.168.6.0/24 counter');
  const page = `require('http').createServer((_, r) => r.end('here'))
    .listen(80, '203.0.113.80', () => console.log('up'))`;
  const serve = [...place.enter, 'nsenter', `--net=${internet}`, '--', 'node', '-e', page];
  const [program = '', ...args] = serve;
  // It ends with the cage.
  const server = execa(program, args, { reject: false });
  await new Promise((resolve) => server.stdout.once('data', resolve));
  writeFileSync(
    join(place.directory, 'lab.yaml'),
    `name: own
verify: {internet: "203.0.113.80:80"}
vms:
  one:
    password: "pass word"
    files: [{path: /home/student/.config/app/settings.ini, content: "x=1"}]
    run: ["exit 0", "echo $HOME $PWD > /root/where", reboot, "touch /root/after"]
`,
  );
  before = await place.snapshot();
});

afterAll(async () => {
  await spaces.close();
  await place.close();
});

test('what is foreign is refused before the first change', async () => {
  await place.inside('ip', 'link', 'add', 'br0', 'type', 'bridge');
  const withForeign = await place.snapshot();
  const { status, value } = await place.json('provision', 'lab.yaml');
  expect(status).toBe(5);
  expect(value.error.message).toContain('an interface br0 exists and it carries no mark of labnet');
  expect(await place.snapshot()).toEqual(withForeign);
  await place.inside('ip', 'link', 'delete', 'br0');
});

test('a subnet that the host is in is refused', async () => {
  await place.inside('ip', 'link', 'set', 'virbr0', 'up');
  await place.inside('ip', 'address', 'add', '192.168.0.1/16', 'dev', 'virbr0');
  const { status, value } = await place.json('provision', 'lab.yaml');
  expect(status).toBe(4);
  expect(value.error.message).toContain('192.168.6.0/24 overlaps 192.168.0.0/16 on virbr0');
  await place.inside('ip', 'address', 'del', '192.168.0.1/16', 'dev', 'virbr0');
  await place.inside('ip', 'link', 'set', 'virbr0', 'down');
});

test('the lab works on the host’s own bridge and uplink, with its MTU', async () => {
  before = await place.snapshot();
  const { status, value } = await place.json('provision', 'lab.yaml');
  expect(value.error).toBeUndefined();
  // The target is an address, and nobody is asked for it.
  const open = value.verify.probes.filter((probe) => probe.status !== 'passed');
  expect(open).toMatchObject([{ id: 'internet-name', status: 'skipped' }]);
  expect(status).toBe(0);
  const { stdout } = await place.labnet('ssh', 'one', '--', 'cat', '/sys/class/net/eth0/mtu');
  expect(stdout.trim()).toBe('1400');
});

test('its run lines stood alone and went on after the restart that one of them was, and its user’s directories are the user’s', async () => {
  const tell = 'stat -c %U:%G:%a ~/.config ~/.config/app; sudo cat /root/where; sudo ls /root/after';
  const { stdout } = await place.labnet('ssh', 'one', '--', tell);
  expect(stdout.trim().split('\n')).toEqual([
    ...['student:student:755', 'student:student:755', '/root /', '/root/after'],
  ]);
  const console = (await place.labnet('logs', 'one')).stdout;
  expect(console.match(/reboot: Restarting|run line \d of 4 begins|labnet-ready/g)).toEqual([
    ...[1, 2, 3].map((number) => `run line ${number} of 4 begins`),
    ...['reboot: Restarting', 'run line 4 of 4 begins', 'labnet-ready'],
  ]);
});

test('destroy puts everything back, traps included', async () => {
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
});

test('without a default route, NAT is left out with a warning', async () => {
  await place.inside('ip', 'route', 'delete', 'default');
  const { status, stdout } = await place.labnet('plan', 'lab.yaml');
  expect(status).toBe(0);
  expect(stdout).toContain('# warning: this host has no default route');
  expect(stdout).not.toContain('masquerade');
  await place.inside('ip', 'route', 'add', 'default', 'via', '198.51.100.1');
});
