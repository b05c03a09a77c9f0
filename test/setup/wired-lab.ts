/** A lab's wiring with labnet's own resources: a guest's namespace on the bridge, a host's with an uplink, one beyond it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { perform } from '../../src/action/perform.ts';
import { localHost } from '../../src/host/local-host.ts';
import { type ResourceSpec, typeOf } from '../../src/resource/index.ts';
import { type Namespaces, namespaces } from './namespaces.ts';

export interface WiredLab {
  readonly host: string;
  readonly guest: string;
  readonly outside: string;
  inHost(line: string): Promise<string>;
  inGuest(line: string): Promise<string>;
  inOutside(line: string): Promise<string>;
  /** Rules for nft in the host's namespace. */
  nft(text: string): Promise<void>;
  make(...specs: readonly ResourceSpec[]): Promise<void>;
  remove(...specs: readonly ResourceSpec[]): Promise<void>;
  /** Bridge, guest, firewall and forwarding, with this MTU toward the guest. */
  specs(mtu: number, uplink?: string): readonly ResourceSpec[];
  /** A megabyte from the guest to the server outside, and one back: how many bytes came. */
  transfer(): Promise<string>;
  close(): Promise<void>;
}

export const server = '203.0.113.80';

/** Takes all that comes on each connection, then sends a megabyte. */
const serve = `
import socket
listener = socket.create_server(('${server}', 80), backlog=64)
print('up', flush=True)
while True:
    one, _ = listener.accept()
    one.settimeout(8)
    try:
        while one.recv(65536): pass
        one.sendall(bytes(1000000))
    except OSError: pass
    one.close()
`;

const exchange = `
import socket
one = socket.create_connection(('${server}', 80), 2)
one.settimeout(8)
one.sendall(bytes(1000000))
one.shutdown(socket.SHUT_WR)
size = 0
while True:
    got = one.recv(65536)
    if not got: break
    size += len(got)
print(size)
`;

export async function wiredLab(): Promise<WiredLab> {
  const spaces: Namespaces = namespaces();
  const directory = mkdtempSync(join(tmpdir(), 'labnet-wired-'));
  const machine = localHost();
  const [host, guest, outside] = [
    await spaces.make('host'),
    await spaces.make('guest'),
    await spaces.make('outside'),
  ];
  const within = (namespace: string) => (line: string) => spaces.run(namespace, ...line.split(' '));
  const [inHost, inOutside] = [within(host), within(outside)];
  await inHost(`ip link add eth0 type veth peer name eth0 netns ${outside}`);
  for (const [run, address] of [
    [inHost, '198.51.100.2'],
    [inOutside, '198.51.100.1'],
  ] as const) {
    await run(`ip address add ${address}/24 dev eth0`);
    await run('ip link set eth0 up');
  }
  await inOutside(`ip address add ${server}/32 dev lo`);
  await inHost('ip route add default via 198.51.100.1');
  const listening = execa('nsenter', [`--net=${outside}`, '--', 'python3', '-c', serve], { reject: false });
  await new Promise((resolve) => listening.stdout.once('data', resolve));
  const each = async (specs: readonly ResourceSpec[], what: 'create' | 'remove') => {
    for (const spec of specs) {
      const actions = what === 'create' ? typeOf(spec).create(spec) : typeOf(spec).remove(spec);
      for (const action of actions) await perform(action, { host: machine });
    }
  };
  return {
    host,
    guest,
    outside,
    inHost,
    inGuest: within(guest),
    inOutside,
    async nft(text) {
      await execa('nsenter', [`--net=${host}`, '--', 'nft', '--file', '-'], { input: text });
    },
    make: (...specs) => each(specs, 'create'),
    remove: (...specs) => each([...specs].reverse(), 'remove'),
    specs: (mtu, uplink = 'eth0') => wiring({ host, guest, directory, mtu, uplink }),
    transfer: () => spaces.run(guest, 'python3', '-c', exchange),
    async close() {
      listening.kill();
      await listening;
      await spaces.close();
      rmSync(directory, { recursive: true });
    },
  };
}

interface Where {
  readonly host: string;
  readonly guest: string;
  readonly directory: string;
  readonly mtu: number;
  readonly uplink: string;
}

function wiring({ host, guest, directory, mtu, uplink }: Where): readonly ResourceSpec[] {
  const common = { lab: 'lab', namespace: host } as const;
  return [
    {
      ...common,
      kind: 'bridge',
      id: 'bridge:br0',
      name: 'br0',
      address: '192.168.6.10/24',
      mac: '02:00:00:00:00:10',
      mtu,
      forwarding: true,
    },
    {
      ...common,
      kind: 'canary',
      id: 'canary:br0',
      port: 'labnet-canary',
      bridge: 'br0',
      mtu,
      guest: {
        namespace: guest,
        mac: '02:00:00:00:00:01',
        address: '192.168.6.1/24',
        gateway: '192.168.6.10',
      },
    },
    {
      ...common,
      kind: 'firewall',
      id: 'firewall:t',
      table: 'labnet_lab',
      bridge: 'br0',
      subnet: '192.168.6.0/24',
      uplink,
    },
    {
      ...common,
      kind: 'forwarding',
      id: 'forwarding:uplink',
      scope: 'interface',
      uplink,
      ledger: join(directory, 'settings.conf'),
    },
  ];
}
