/** Links and rules on the real kernel, in a namespace of the test's own: absent, made, ours, drifted, removed, absent. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { perform } from '../../src/action/perform.ts';
import { localHost } from '../../src/host/local-host.ts';
import type { ResourceSpec } from '../../src/resource/index.ts';
import { typeOf } from '../../src/resource/index.ts';
import type { Facts, InspectContext } from '../../src/resource/resource-type.ts';
import { type Namespaces, namespaces } from '../setup/namespaces.ts';

const host = localHost();
let spaces: Namespaces;
let namespace: string;
let directory: string;

beforeAll(async () => {
  spaces = namespaces();
  namespace = await spaces.make('host');
  directory = mkdtempSync(join(tmpdir(), 'labnet-netns-'));
  await spaces.run(namespace, 'ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'far0');
  await spaces.run(namespace, 'ip', 'link', 'add', 'br9', 'type', 'bridge');
});

afterAll(async () => {
  await spaces.close();
  rmSync(directory, { recursive: true });
});

const lab = 'lab';
const specs = (): Readonly<Record<string, ResourceSpec>> => ({
  bridge: {
    kind: 'bridge',
    id: 'bridge:br0',
    lab,
    name: 'br0',
    address: '192.168.6.10/24',
    mac: '02:00:00:00:00:01',
    mtu: 1400,
    forwarding: true,
    namespace,
  },
  tap: {
    kind: 'tap',
    id: 'tap:vm1',
    lab,
    name: 'tap0',
    bridge: 'br9',
    uid: 1_900_000_000,
    mtu: 1400,
    namespace,
  },
  firewall: {
    kind: 'firewall',
    id: 'firewall:t',
    lab,
    table: 'labnet_lab',
    bridge: 'br0',
    subnet: '192.168.6.0/24',
    uplink: 'eth0',
    namespace,
  },
  'anti-spoof': {
    kind: 'anti-spoof',
    id: 'anti-spoof:t',
    lab,
    table: 'labnet_lab',
    ports: [
      { tap: 'eth0', mac: '02:00:00:00:00:01', address: '192.168.6.1' },
      { tap: 'br9', mac: '02:00:00:00:00:02', address: '192.168.6.11' },
    ],
    namespace,
  },
  'isolating firewall': {
    kind: 'firewall',
    id: 'firewall:t',
    lab,
    table: 'labnet_lab',
    bridge: 'br0',
    subnet: '192.168.6.0/24',
    uplink: 'eth0',
    isolation: {
      networks: ['10.0.0.0/8', '192.168.0.0/16', '198.51.100.0/24'],
      resolvers: ['9.9.9.9', '10.0.0.53', '2001:db8::53'],
      gateway: '10.0.0.1',
    },
    hostPorts: ['80/tcp', '53/udp', '443/tcp'],
    namespace,
  },
  'closed firewall': {
    kind: 'firewall',
    id: 'firewall:t',
    lab,
    table: 'labnet_lab',
    bridge: 'br0',
    subnet: '192.168.6.0/24',
    namespace,
  },
  forwarding: {
    kind: 'forwarding',
    id: 'forwarding:uplink',
    lab,
    scope: 'interface',
    uplink: 'eth0',
    ledger: join(directory, 'settings.conf'),
    namespace,
  },
  'global forwarding': {
    kind: 'forwarding',
    id: 'forwarding:uplink',
    lab,
    scope: 'global',
    uplink: 'eth0',
    ledger: join(directory, 'settings.conf'),
    namespace,
  },
});

/** How somebody else disturbs it, and what labnet then says. */
const disturbances: Readonly<Record<string, readonly [command: string, difference: RegExp]>> = {
  bridge: ['ip address del 192.168.6.10/24 dev br0', /br0 lacks the address/],
  tap: ['ip link set tap0 nomaster', /tap0 is not plugged into br9/],
  firewall: ['nft flush chain inet labnet_lab forward', /labnet_lab lacks: iifname "br0"/],
  'closed firewall': ['nft add rule inet labnet_lab input accept', /labnet_lab has besides: accept/],
  'isolating firewall': [
    'nft flush chain inet labnet_lab input',
    /labnet_lab lacks: iifname "br0" tcp dport/,
  ],
  'anti-spoof': ['nft flush chain netdev labnet_lab from_eth0', /lacks: ether saddr 02:00:00:00:00:01 ip/],
  forwarding: ['sysctl -qw net.ipv4.conf.eth0.forwarding=0', /eth0.forwarding is 0, not 1/],
  'global forwarding': ['sysctl -qw net.ipv4.ip_forward=0', /ip_forward is 0, not 1/],
};

const state = async () =>
  [
    await spaces.run(namespace, 'ip', '-brief', 'address'),
    await spaces.run(namespace, 'nft', 'list', 'ruleset'),
    await spaces.run(namespace, 'sysctl', '--all', '--pattern', '^net[.]ipv4'),
  ].join('\n');

const inspect = (spec: ResourceSpec, more: Partial<InspectContext> = {}) =>
  typeOf(spec).inspect(spec, { host, openIntent: false, ...more });

/** What is seen of it right after it was made: what later looks compare with. */
async function recordOf(spec: ResourceSpec): Promise<Facts> {
  const seen = await inspect(spec);
  if (seen.state !== 'ours') throw new Error(`${spec.id}: ${JSON.stringify(seen)}`);
  return seen.record;
}

test.each(Object.keys(disturbances))(
  '%s: made, seen, disturbed, repaired, removed without a trace',
  async (name) => {
    const spec = specs()[name];
    const [command = '', difference] = disturbances[name] ?? [];
    if (spec === undefined) throw new Error(name);
    const before = await state();
    expect((await inspect(spec)).state).toBe('absent');
    for (const action of typeOf(spec).create(spec)) await perform(action, { host });
    const record = await recordOf(spec);
    expect(await inspect(spec, { record })).toMatchObject({ state: 'ours' });
    await spaces.run(namespace, ...command.split(' '));
    expect(await inspect(spec, { record })).toMatchObject({
      state: 'drifted',
      differences: expect.arrayContaining([expect.stringMatching(difference ?? '')]),
    });
    for (const action of typeOf(spec).repair?.(spec, {}) ?? []) await perform(action, { host });
    expect(await inspect(spec)).toMatchObject({ state: 'ours' });
    for (const action of typeOf(spec).remove(spec)) await perform(action, { host });
    expect((await inspect(spec)).state).toBe('absent');
    if (name.includes('forwarding')) await spaces.run(namespace, 'sysctl', '-qw', 'net.ipv4.ip_forward=0');
    else expect(await state()).toBe(before);
  },
);

test('a table that was saved and loaded again is as it was, though each of its rules is another one', async () => {
  const { firewall } = specs();
  if (firewall === undefined) throw new Error('no firewall');
  for (const action of typeOf(firewall).create(firewall)) await perform(action, { host });
  const record = await recordOf(firewall);
  const saved = await spaces.run(namespace, 'nft', 'list', 'table', 'inet', 'labnet_lab');
  const again = join(directory, 'saved.nft');
  writeFileSync(again, `delete table inet labnet_lab\n${saved}`);
  await spaces.run(namespace, 'nft', '--file', again);
  expect(await recordOf(firewall)).not.toEqual(record);
  expect(await inspect(firewall, { record })).toMatchObject({ state: 'ours' });
  for (const action of typeOf(firewall).remove(firewall)) await perform(action, { host });
});

test('forwarding is put back as it was found, with all that the kernel changes along with it', async () => {
  await spaces.run(
    namespace,
    'sysctl',
    '-qw',
    'net.ipv4.conf.all.accept_redirects=0',
    'net.ipv4.conf.br9.forwarding=1',
  );
  for (const name of ['forwarding', 'global forwarding']) {
    const spec = specs()[name];
    if (spec === undefined) throw new Error(name);
    const before = await state();
    for (const action of typeOf(spec).create(spec)) await perform(action, { host });
    expect(await inspect(spec)).toMatchObject({ state: 'ours' });
    for (const action of typeOf(spec).remove(spec)) await perform(action, { host });
    expect(await state()).toBe(before);
  }
});

test('what carries no mark, or another, is foreign; half made by this boot’s intent, as labnet makes it, is ours', async () => {
  const { bridge, tap, firewall } = specs();
  if (bridge?.kind !== 'bridge' || tap?.kind !== 'tap' || firewall === undefined) throw new Error('no specs');
  await spaces.run(namespace, 'ip', 'link', 'add', 'br0', 'type', 'bridge');
  expect(await inspect(bridge, { openIntent: true })).toMatchObject({ state: 'foreign' });
  await spaces.run(namespace, 'ip', 'link', 'set', 'br0', 'address', bridge.mac);
  expect(await inspect(bridge)).toMatchObject({ state: 'foreign' });
  expect(await inspect(bridge, { openIntent: true })).toMatchObject({ state: 'drifted' });
  for (const [uid, state] of [
    [tap.uid + 1, 'foreign'],
    [tap.uid, 'drifted'],
  ] as const) {
    await spaces.run(namespace, 'ip', 'tuntap', 'add', tap.name, 'mode', 'tap', 'user', String(uid));
    expect(await inspect(tap, { openIntent: true })).toMatchObject({ state });
    await spaces.run(namespace, 'ip', 'link', 'delete', tap.name);
  }
  await spaces.run(namespace, 'ip', 'link', 'set', 'br0', 'alias', 'labnet:other');
  expect(await inspect(bridge, { openIntent: true })).toMatchObject({ state: 'foreign' });
  await spaces.run(namespace, 'ip', 'link', 'delete', 'br0');
  await spaces.run(namespace, 'nft', 'add', 'table', 'inet', 'labnet_lab');
  expect(await inspect(firewall)).toMatchObject({ state: 'foreign' });
  await expect(
    perform(typeOf(firewall).create(firewall)[0] ?? { do: 'remove', path: '' }, { host }),
  ).rejects.toThrow('File exists');
  await spaces.run(namespace, 'nft', 'delete', 'table', 'inet', 'labnet_lab');
});
