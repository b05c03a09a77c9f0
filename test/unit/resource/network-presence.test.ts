/** How links, rules and settings that somebody has changed show: drifted with what differs, or foreign. */
import { describe, expect, test } from 'vitest';
import { canaryPort } from '../../../src/lab/naming.ts';
import { inspect, madeLab, namespaceOf, specOf } from '../../fakes/made-lab.ts';
import type { MemoryLink } from '../../fakes/network-namespace.ts';
import { writeSetting } from '../../fakes/network-settings.ts';
import type { World } from '../../fakes/world.ts';
import { type Case, describePresences, type KindCases } from './presence-cases.ts';

/** Changes one link of a namespace. */
function link(name: string, changes: Partial<MemoryLink>, where: 'host' | 'internet' = 'host') {
  return (world: World) => Object.assign(namespaceOf(world, where).links.get(name) ?? {}, changes);
}

function replaced(name: string, kind: MemoryLink['kind'], alias?: string) {
  return (world: World) => {
    namespaceOf(world, 'host').links.delete(name);
    namespaceOf(world, 'host').addLink({ name, kind, alias, up: true });
  };
}

function table(change: (text: string) => string) {
  return (world: World) => {
    const { tables } = namespaceOf(world, 'host');
    for (const [name, text] of tables) tables.set(name, change(text));
  };
}

const marks = (name: string): readonly Case[] => [
  {
    what: 'without its alias',
    change: link(name, { alias: undefined }),
    says: /carries no mark of labnet/,
    state: 'foreign',
  },
  {
    what: "with another lab's alias",
    change: link(name, { alias: 'labnet:lab2' }),
    says: /it belongs to the lab lab2/,
    state: 'foreign',
  },
  { what: 'down', change: link(name, { up: false }), says: /is down/ },
];

const cases: readonly KindCases[] = [
  [
    'bridge',
    'br0',
    [
      ...marks('br0'),
      {
        what: 'without its address',
        change: link('br0', { addresses: [] }),
        says: /lacks the address 192\.168\.6\.10\/24/,
      },
      {
        what: 'with another prefix',
        change: link('br0', { addresses: ['192.168.6.10/16'] }),
        says: /lacks the address/,
      },
      { what: 'with another MTU', change: link('br0', { mtu: 1400 }), says: /MTU 1400, not 1500/ },
      {
        what: 'of another kind',
        change: replaced('br0', 'veth', 'labnet:lab'),
        says: /is a veth, not a bridge/,
      },
      {
        what: 'that is a physical interface',
        change: replaced('br0', undefined),
        says: /no mark/,
        state: 'foreign',
      },
    ],
  ],
  [
    'tap',
    'vm1',
    [
      ...marks('tap0'),
      { what: 'unplugged', change: link('tap0', { master: undefined }), says: /not plugged into br0/ },
      {
        what: 'plugged into another bridge',
        change: link('tap0', { master: 'br9' }),
        says: /not plugged into br0/,
      },
      { what: 'with another MTU', change: link('tap0', { mtu: 9000 }), says: /MTU 9000/ },
      {
        what: 'of another kind',
        change: replaced('tap0', 'bridge', 'labnet:lab'),
        says: /is a bridge, not a tun/,
      },
    ],
  ],
  [
    'veth',
    'uplink',
    [
      ...marks('eth0'),
      {
        what: 'without its address',
        change: link('eth0', { addresses: [] }),
        says: /eth0 lacks the address 198\.51\.100\.2/,
      },
      {
        what: 'with its far end down',
        change: link('eth0', { up: false }, 'internet'),
        says: /the far eth0 is down/,
      },
      {
        what: 'without the far address',
        change: link('eth0', { addresses: [] }, 'internet'),
        says: /the far eth0 lacks the address 198\.51\.100\.1/,
      },
      {
        what: "without the server's address",
        change: link('lo', { addresses: [] }, 'internet'),
        says: /the far lo lacks the address 203\.0\.113\.80/,
      },
    ],
  ],
  [
    'firewall',
    'labnet_lab',
    [
      {
        what: 'without a comment',
        change: table((text) => text.replace(/\tcomment.*\n/, '')),
        says: /without labnet's comment/,
        state: 'foreign',
      },
      {
        what: 'with a comment that only begins like ours',
        change: table((text) => text.replace('labnet:lab"', 'labnet:lab2"')),
        says: /without labnet's comment/,
        state: 'foreign',
      },
      {
        what: 'without a rule',
        change: table((text) => text.replace(/.*masquerade\n/, '')),
        says: /lacks: .*masquerade/,
      },
      {
        what: 'with a rule besides',
        change: table((text) => text.replace('\t\tiifname', '\t\taccept\n\t\tiifname')),
        says: /has besides: accept/,
      },
      {
        what: 'with a rule changed',
        change: table((text) => text.replaceAll('drop\n', 'accept\n')),
        says: /lacks: iifname "br0" drop/,
      },
    ],
  ],
  [
    'forwarding',
    'uplink',
    [
      {
        what: 'turned off',
        change: (world) => writeSetting('net.ipv4.conf.eth0.forwarding', '0', namespaceOf(world, 'host')),
        says: /net\.ipv4\.conf\.eth0\.forwarding is 0, not 1/,
      },
      {
        what: 'without its interface',
        change: (world) => world.removeLink(namespaceOf(world, 'host'), 'eth0'),
        says: /eth0\.forwarding is gone, not 1/,
      },
    ],
  ],
  [
    'docker-user',
    'br0',
    [
      {
        what: 'with one of its rules gone',
        change: (world) => dockerUser(world).splice(1, 1),
        says: /^DOCKER-USER lacks: -i br0 -m comment --comment labnet:lab -j ACCEPT$/,
      },
      {
        what: "with somebody's rule in front",
        change: (world) => dockerUser(world).unshift('-s 10.0.0.0/8 -j DROP'),
        says: /^DOCKER-USER has in front: -s 10\.0\.0\.0\/8 -j DROP$/,
      },
    ],
  ],
  [
    'unmanaged',
    'br0',
    [
      {
        what: 'with other words in it',
        change: (world) =>
          world.files.write('/run/NetworkManager/conf.d/labnet-lab.conf', 'managed=1', 0o644),
        says: /labnet-lab\.conf does not say what labnet wrote/,
      },
    ],
  ],
  [
    'canary',
    'br0',
    [
      ...marks(canaryPort('lab')),
      {
        what: 'out of the bridge',
        change: link(canaryPort('lab'), { master: undefined }),
        says: /is not plugged into br0/,
      },
    ],
  ],
];

function dockerUser(world: World): string[] {
  const rules = world.namespaceAt(undefined)?.dockerUser;
  if (rules === undefined) throw new Error('a host without Docker');
  return rules;
}

describePresences(cases);

describe('an interface of our name without a mark', () => {
  test.each([
    ['bridge', 'br0', 'br0'],
    ['tap', 'vm1', 'tap0'],
    ['veth', 'uplink', 'eth0'],
  ] as const)('%s: is ours, half made, while an intent of this boot is open', async (kind, name, device) => {
    const world = await madeLab();
    link(device, { alias: undefined })(world);
    expect(await inspect(specOf(kind, name), world, true)).toMatchObject({
      state: 'drifted',
      differences: [`${device} has no alias yet`],
    });
    link(device, { alias: 'somebody' })(world);
    expect((await inspect(specOf(kind, name), world, true)).state).toBe('foreign');
  });

  // Another program may take the name between the look that found nothing and the command that makes it.
  test.each([
    ['bridge', 'br0', 'br0', 'tun', {}],
    ['bridge', 'br0', 'br0', 'bridge', { mac: '02:00:00:00:00:99' }],
    ['tap', 'vm1', 'tap0', 'bridge', {}],
    ['tap', 'vm1', 'tap0', 'tun', { uid: 1000 }],
    ['tap', 'vm1', 'tap0', 'tun', { uid: undefined }],
    ['veth', 'uplink', 'eth0', undefined, {}],
  ] as const)(
    '%s: is not ours when it was not made as we make it (%#)',
    async (kind, name, device, as, made) => {
      const world = await madeLab();
      namespaceOf(world, 'host').links.delete(device);
      namespaceOf(world, 'host').addLink({ name: device, kind: as, ...made });
      expect((await inspect(specOf(kind, name), world, true)).state).toBe('foreign');
    },
  );
});
