/** How a resource that somebody has changed shows: drifted with what differs, or foreign with the evidence. */
import { describe, expect, test } from 'vitest';
import type { Kind, ResourceSpec } from '../../../src/resource/index.ts';
import { inspect, madeLab, namespaceOf, specOf } from '../../fakes/made-lab.ts';
import type { MemoryLink } from '../../fakes/network-namespace.ts';
import { writeSetting } from '../../fakes/network-settings.ts';
import type { World } from '../../fakes/world.ts';

interface Case {
  readonly what: string;
  readonly change: (world: World) => void;
  /** What differs, or what is found instead. */
  readonly says: RegExp;
  readonly state?: 'foreign';
}

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

function mode(path: string, facts: { mode?: number; uid?: number }) {
  return (world: World) => world.files.change(path, facts);
}

function content(path: string, text: string) {
  return (world: World) => world.files.write(path, text, 0o600, world.files.stat(path)?.uid ?? 0);
}

const remove = (path: string) => (world: World) => world.files.remove(path);

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
    says: /its alias is labnet:lab2/,
    state: 'foreign',
  },
  { what: 'down', change: link(name, { up: false }), says: /is down/ },
];

const [vm1, vm1Run] = [specOf('directory', 'vm1').path, specOf('directory', 'vm1-run').path];
const overlay = specOf('overlay', 'vm1').path;
const disk = {
  'virtual-size': specOf('overlay', 'vm1').size,
  'full-backing-filename': specOf('overlay', 'vm1').backing,
};
const key = specOf('key-pair', 'vm1').path;
const seed = specOf('seed', 'vm1');

const cases: readonly [Kind, string, readonly Case[]][] = [
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
    'directory',
    'vm1',
    [
      { what: 'open to others', change: mode(vm1, { mode: 0o755 }), says: /has mode 755, not 700/ },
      { what: "of another's", change: mode(vm1, { uid: 0 }), says: /belongs to uid 0/ },
      {
        what: 'that is a file',
        change: (world) => {
          world.files.remove(vm1);
          world.files.write(vm1, '', 0o600);
        },
        says: /is not a directory/,
        state: 'foreign',
      },
    ],
  ],
  [
    'namespace',
    'host',
    [
      {
        what: 'unmounted',
        change: (world) => world.unmount(specOf('namespace', 'host').path),
        says: /holds no namespace/,
      },
    ],
  ],
  [
    'overlay',
    'vm1',
    [
      { what: 'that is no qcow2', change: content(overlay, 'raw bytes'), says: /cannot be read as qcow2/ },
      {
        what: 'over another base image',
        change: content(overlay, JSON.stringify({ ...disk, 'full-backing-filename': '/etc/shadow' })),
        says: /has another backing file/,
      },
      {
        what: 'without a base image',
        change: content(overlay, JSON.stringify({ 'virtual-size': disk['virtual-size'] })),
        says: /has another backing file/,
      },
      {
        what: 'of another size',
        change: content(overlay, JSON.stringify({ ...disk, 'virtual-size': 7 })),
        says: /is of 7 bytes/,
      },
      { what: "of another's", change: mode(overlay, { uid: 1000 }), says: /cannot be read/ },
    ],
  ],
  [
    'key-pair',
    'vm1',
    [
      { what: 'without its public half', change: remove(`${key}.pub`), says: /is half a key pair/ },
      { what: 'without its secret half', change: remove(key), says: /is half a key pair/ },
      { what: 'that others can read', change: mode(key, { mode: 0o640 }), says: /can be read by others/ },
      { what: "of another's", change: mode(key, { uid: 1000 }), says: /belongs to uid 1000, not 0/ },
    ],
  ],
  [
    'password',
    'vm1',
    [
      {
        what: 'that others can read',
        change: mode(specOf('password', 'vm1').path, { mode: 0o644 }),
        says: /can be read by others/,
      },
    ],
  ],
  [
    'seed',
    'vm1',
    [
      {
        what: 'without its image',
        change: (world) => {
          world.files.remove(seed.path);
          world.files.makeDirectory(seed.sources, 0o700);
        },
        says: /was not finished/,
      },
      {
        what: 'with its sources still there',
        change: (world) => world.files.makeDirectory(seed.sources, 0o700),
        says: /was not finished/,
      },
    ],
  ],
  [
    'text-file',
    'known_hosts',
    [
      {
        what: 'that is a directory',
        change: (world) => {
          world.files.remove(specOf('text-file', 'known_hosts').path);
          world.files.makeDirectory(specOf('text-file', 'known_hosts').path, 0o700);
        },
        says: /is not a file/,
      },
    ],
  ],
  [
    'machine',
    'vm1',
    [
      {
        what: 'that does not answer',
        change: remove(`${vm1Run}/qmp.sock`),
        says: /nothing on its control socket/,
      },
    ],
  ],
];

describe.each(cases)('a %s (%s)', (kind, name, changes) => {
  const spec: ResourceSpec = specOf(kind, name);

  test.each(changes)('$what', async ({ change, says, state }) => {
    const world = await madeLab();
    change(world);
    const presence = await inspect(spec, world);
    expect(presence.state).toBe(state ?? 'drifted');
    const said = presence.state === 'drifted' ? presence.differences.join('\n') : JSON.stringify(presence);
    expect(said).toMatch(says);
  });
});

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
});

describe('what a process leaves behind', () => {
  test.each(['machine', 'internet'] as const)(
    '%s: gone when the process is, though its files are there',
    async (kind) => {
      const world = await madeLab();
      for (const pid of [...world.processes.keys()]) world.end(pid, false);
      const name = kind === 'machine' ? 'vm1' : 'server';
      expect(await inspect(specOf(kind, name), world)).toEqual({ state: 'absent' });
    },
  );
});
