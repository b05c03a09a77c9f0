/** What a guest can connect to, through the real rules: on the host, near the host, beyond it; and who can connect to it. */
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { perform } from '../../src/action/perform.ts';
import { localHost } from '../../src/host/local-host.ts';
import { localNetworks } from '../../src/plan/local-networks.ts';
import { type FirewallSpec, firewall } from '../../src/resource/firewall.ts';
import { type Namespaces, namespaces } from '../setup/namespaces.ts';

let spaces: Namespaces;
const space: Record<string, string> = {};
const stops: (() => Promise<unknown>)[] = [];

const ports = [22, 53, 80, 111, 443, 2049, 8080];

/** Answers on all ports, TCP and UDP, at each address given; says on standard error what came by UDP. */
const serve = `
import selectors, socket, sys
choose = selectors.DefaultSelector()
for address in sys.argv[1:]: # each of its own: an answer must come from where it was asked
    for port in [${ports}]:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            s = socket.socket(socket.AF_INET, kind)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((address, port))
            if kind == socket.SOCK_STREAM: s.listen(64)
            choose.register(s, selectors.EVENT_READ, kind)
print('ready', flush=True)
while True:
    for key, _ in choose.select():
        if key.data == socket.SOCK_STREAM: key.fileobj.accept()[0].close()
        else:
            words, sender = key.fileobj.recvfrom(100)
            print(words.decode(), file=sys.stderr, flush=True)
            key.fileobj.sendto(words, sender)
`;

/** Prints each "address port/protocol" that answers. All are tried at once. */
const scan = `
import asyncio, sys
async def tcp(address, port):
    _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), 1.5)
    writer.close()
async def udp(address, port):
    answer = asyncio.get_running_loop().create_future()
    class Ask(asyncio.DatagramProtocol):
        def connection_made(self, transport): transport.sendto(b'ask')
        def datagram_received(self, data, sender): answer.done() or answer.set_result(data)
        def error_received(self, error): answer.done() or answer.set_exception(error)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Ask, remote_addr=(address, port))
    try: await asyncio.wait_for(answer, 1.5)
    finally: transport.close()
async def attempt(how, name, address, port):
    try:
        await how(address, port)
        print(f'{address} {port}/{name}')
    except (OSError, asyncio.TimeoutError): pass
async def all():
    await asyncio.gather(*[attempt(how, name, address, port)
        for address in sys.argv[1:] for port in [${ports}] for how, name in ((tcp, 'tcp'), (udp, 'udp'))])
asyncio.run(all())
`;

const answering = async (from: string, ...addresses: string[]) =>
  (await spaces.run(space[from] ?? '', 'python3', '-c', scan, ...addresses))
    .split('\n')
    .filter(Boolean)
    .sort();

const every = (address: string) =>
  ports.flatMap((port) => [`${address} ${port}/tcp`, `${address} ${port}/udp`]).sort();

const at = { bridge: '192.168.6.10', guest: '192.168.6.1', uplink: '198.51.100.2', lan: '10.9.0.1' };
const away = { gateway: '198.51.100.1', server: '203.0.113.80', neighbour: '10.9.0.2' };

let told = '';

beforeAll(async () => {
  spaces = namespaces();
  for (const name of ['host', 'guest', 'internet', 'lan']) space[name] = await spaces.make(name);
  const run = (name: string, line: string) => spaces.run(space[name] ?? '', ...line.split(' '));
  await run('host', 'ip link add br0 type bridge forward_delay 0');
  await run('host', `ip address add ${at.bridge}/24 dev br0`);
  await run('host', 'ip link set br0 up');
  for (const [port, other] of [
    ['tap0', 'guest'],
    ['eth0', 'internet'],
    ['lan0', 'lan'],
  ] as const)
    await run('host', `ip link add ${port} type veth peer name eth0 netns ${space[other]}`);
  await run('host', 'ip link set tap0 master br0 up');
  for (const [name, link, address] of [
    ['host', 'eth0', at.uplink],
    ['host', 'lan0', at.lan],
    ['guest', 'eth0', at.guest],
    ['internet', 'eth0', away.gateway],
    ['lan', 'eth0', away.neighbour],
  ] as const) {
    await run(name, `ip address add ${address}/24 dev ${link}`);
    await run(name, `ip link set ${link} up`);
  }
  await run('internet', `ip address add ${away.server}/32 dev lo`);
  for (const [name, via] of [
    ['guest', at.bridge],
    ['host', away.gateway],
    ['lan', at.lan],
    ['internet', at.uplink],
  ] as const)
    await run(name, `ip route add default via ${via}`);
  await run('host', 'sysctl -qw net.ipv4.ip_forward=1');
  for (const [name, addresses] of [
    ['host', [...Object.values(at).filter((address) => address !== at.guest), '127.0.0.1']],
    ['guest', [at.guest]],
    ['internet', [away.gateway, away.server]],
    ['lan', [away.neighbour]],
  ] as const) {
    const command = [`--net=${space[name]}`, '--', 'python3', '-c', serve, ...addresses];
    const server = execa('nsenter', command, { reject: false });
    await new Promise((resolve) => server.stdout.once('data', resolve));
    if (name === 'host') server.stderr.on('data', (words: Buffer) => (told += words.toString()));
    stops.push(() => {
      server.kill();
      return server;
    });
  }
});

afterAll(async () => {
  for (const stop of stops) await stop();
  await spaces.close();
});

const spec = (changes: Partial<FirewallSpec> = {}): FirewallSpec => ({
  kind: 'firewall',
  id: 'firewall:t',
  lab: 'lab',
  table: 'labnet_lab',
  bridge: 'br0',
  subnet: '192.168.6.0/24',
  uplink: 'eth0',
  namespace: space.host,
  ...changes,
});

async function under<T>(rules: FirewallSpec, look: () => Promise<T>): Promise<T> {
  for (const action of firewall.create(rules)) await perform(action, { host: localHost() });
  try {
    return await look();
  } finally {
    for (const action of firewall.remove(rules)) await perform(action, { host: localHost() });
  }
}

test('without rules a guest reaches every service of the host, and everybody the guest: the scan sees what is open', async () => {
  expect(await answering('guest', at.bridge, at.uplink)).toEqual(
    [...every(at.bridge), ...every(at.uplink)].sort(),
  );
  expect(await answering('internet', at.guest)).toEqual(every(at.guest));
});

test('with them it reaches none at any of the host’s addresses, but the ports that the lab names', async () => {
  const all = [at.bridge, at.uplink, at.lan];
  expect(await under(spec(), () => answering('guest', ...all))).toEqual([]);
  const named = await under(spec({ hostPorts: ['80/tcp', '53/udp'] }), () => answering('guest', at.bridge));
  expect(named).toEqual([`${at.bridge} 53/udp`, `${at.bridge} 80/tcp`]);
});

test('the host still answers to ping, and reaches the guest', async () => {
  await under(spec(), async () => {
    await spaces.run(space.guest ?? '', 'ping', '-c', '1', '-W', '5', at.bridge);
    expect(await answering('host', at.guest)).toEqual(every(at.guest));
  });
});

test('the outside is reached, by the uplink alone; nobody out there reaches the guest', async () => {
  await under(spec(), async () => {
    expect(await answering('guest', away.server)).toEqual(every(away.server));
    expect(await answering('guest', away.neighbour)).toEqual([]);
    expect(await answering('internet', at.guest)).toEqual([]);
    expect(await answering('lan', at.guest)).toEqual([]);
  });
});

test('isolated, it reaches the outside, the resolver by DNS alone, and nothing near the host', async () => {
  const near = localNetworks(['198.51.100.0/24', '10.9.0.0/24']);
  const isolation = { networks: near, resolvers: [away.gateway], gateway: away.gateway };
  await under(spec({ isolation }), async () => {
    expect(await answering('guest', away.server)).toEqual(every(away.server));
    expect(await answering('guest', away.gateway)).toEqual([
      `${away.gateway} 53/tcp`,
      `${away.gateway} 53/udp`,
    ]);
    await spaces.run(space.guest ?? '', 'ping', '-c', '1', '-W', '5', away.gateway);
    expect(await answering('guest', away.neighbour, at.lan, at.uplink, at.bridge)).toEqual([]);
  });
});

/** A datagram for the host's own loopback, sent to the bridge's MAC from outside of any routing. */
const martian = (mac: string) => `
import socket, struct
def checksum(head):
    total = sum(struct.unpack('!10H', head))
    return ~(total % 65536 + total // 65536) & 65535
words = b'martian'
udp = struct.pack('!HHHH', 4000, 53, 8 + len(words), 0) + words
head = lambda total: struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, total, socket.inet_aton('${at.guest}'), socket.inet_aton('127.0.0.1'))
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(('eth0', 0))
ours = out.getsockname()[4]
for _ in range(5): out.send(bytes.fromhex('${mac}'.replace(':', '')) + ours + b'\\x08\\x00' + head(checksum(head(0))) + udp)
`;

test('services that listen on the loopback alone are not reached, even where the host routes 127/8', async () => {
  const [link] = JSON.parse(await spaces.run(space.host ?? '', 'ip', '-json', 'link', 'show', 'br0')) as {
    address: string;
  }[];
  const send = () => spaces.run(space.guest ?? '', 'python3', '-c', martian(link?.address ?? ''));
  // As some programs set it. The reverse path filter would be another guard: it is off.
  const settings = ['br0.route_localnet=1', 'all.rp_filter=0', 'br0.rp_filter=0'].map(
    (one) => `net.ipv4.conf.${one}`,
  );
  await spaces.run(space.host ?? '', 'sysctl', '-qw', ...settings);
  await under(spec(), async () => {
    told = '';
    await send();
    // A later datagram has come, so the earlier ones will not.
    await spaces.run(space.host ?? '', 'python3', '-c', scan, '127.0.0.1');
    await expect.poll(() => told).toContain('ask');
    expect(told).not.toContain('martian');
  });
  told = '';
  await send();
  await expect.poll(() => told).toContain('martian');
});
