/** Real frames into a port of a real bridge: what leaves it at the other guest's end. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { perform } from '../../src/action/perform.ts';
import { localHost } from '../../src/host/local-host.ts';
import { antiSpoof } from '../../src/resource/anti-spoof.ts';
import { type Namespaces, namespaces } from '../setup/namespaces.ts';

let spaces: Namespaces;
let host: string;
let one: string;
let two: string;

const mac = '02:00:00:00:00:01';

beforeAll(async () => {
  spaces = namespaces();
  [host, one, two] = [await spaces.make('host'), await spaces.make('one'), await spaces.make('two')];
  await spaces.run(host, 'ip', 'link', 'add', 'br0', 'type', 'bridge');
  await spaces.run(host, 'ip', 'link', 'set', 'br0', 'up');
  for (const [port, guest] of [
    ['tap0', one],
    ['tap1', two],
  ] as const) {
    await spaces.run(host, 'ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', guest);
    await spaces.run(host, 'ip', 'link', 'set', port, 'master', 'br0', 'up');
    await spaces.run(guest, 'ip', 'link', 'set', 'eth0', 'up');
  }
});

afterAll(() => spaces.close());

/** One frame of each kind, with its name in the frame. The honest ones come last. */
const send = String.raw`
import socket, struct, time
def mac(text): return bytes.fromhex(text.replace(':', ''))
def ip(text): return socket.inet_aton(text)
ours, other, all_ = mac('${mac}'), mac('02:00:00:00:00:66'), b'\xff' * 6
def checksum(head):
    total = sum(struct.unpack('!10H', head))
    return ~(total % 65536 + total // 65536) & 65535
def packet(source, fragment=0, protocol=253): # valid in every other way: a bridge with netfilter drops what is not
    def payload(name):
        head = lambda total: struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(name), 7, fragment, 64, protocol, total, ip(source), ip('192.168.6.2'))
        return b'\x08\x00' + head(checksum(head(0))) + name
    return payload
def dhcp_server(source): # from port 67 to port 68
    udp = lambda name: struct.pack('!HHHH', 67, 68, 8 + len(name), 0) + name
    return lambda name: packet(source, protocol=17)(udp(name))
def arp(sender, source, target='192.168.6.2', deed=2):
    return lambda name: b'\x08\x06' + struct.pack('!HHBBH6s4s6s4s', 1, 0x0800, 6, 4, deed, sender, ip(source), bytes(6), ip(target)) + name
def ip6(kind):
    def payload(name):
        head = struct.pack('!IHBB16s16s', 6 << 28, 16 + len(name), 58, 255, b'\xfe\x80' + bytes(14), b'\xff\x02' + bytes(13) + b'\x01')
        return b'\x86\xdd' + head + bytes([kind]) + bytes(15) + name
    return payload
frames = [
    ('forged-mac', other, packet('192.168.6.1')),
    ('forged-address', ours, packet('192.168.6.2')),
    ('address-of-the-gateway', ours, packet('192.168.6.10')),
    ('arp-for-the-gateway', ours, arp(ours, '192.168.6.10')),
    ('arp-under-another-mac', ours, arp(other, '192.168.6.1')),
    ('router-advertisement', ours, ip6(134)),
    ('ipv6', ours, ip6(128)),
    ('vlan', ours, lambda name: b'\x81\x00\x00\x05' + packet('192.168.6.1')(name)),
    ('unknown-ethertype', ours, lambda name: b'\x88\xb5' + name),
    ('vlan-in-vlan', ours, lambda name: b'\x88\xa8\x00\x05\x81\x00\x00\x06' + packet('192.168.6.1')(name)),
    ('forged-first-fragment', ours, packet('192.168.6.2', fragment=0x2000)),
    ('forged-later-fragment', ours, packet('192.168.6.2', fragment=4)),
    ('gratuitous-arp-for-the-gateway', ours, arp(ours, '192.168.6.10', target='192.168.6.10', deed=1)),
    ('gratuitous-arp-for-the-other', ours, arp(ours, '192.168.6.2', target='192.168.6.2', deed=1)),
    ('reverse-arp', ours, lambda name: b'\x80\x35' + arp(ours, '192.168.6.2')(name)[2:]),
    ('dhcp-server-as-the-gateway', ours, dhcp_server('192.168.6.10')),
    ('dhcp-server-without-an-address', ours, dhcp_server('0.0.0.0')),
    ('spanning-tree', ours, lambda name: struct.pack('!H', len(name) + 3) + b'\x42\x42\x03' + name),
    ('dhcp-server-as-itself', ours, dhcp_server('192.168.6.1')),
    ('honest-gratuitous-arp', ours, arp(ours, '192.168.6.1', target='192.168.6.1', deed=1)),
    ('honest-first-fragment', ours, packet('192.168.6.1', fragment=0x2000)),
    ('honest-later-fragment', ours, packet('192.168.6.1', fragment=4)),
    ('honest-arp', ours, arp(ours, '192.168.6.1')),
    ('honest-probe', ours, arp(ours, '0.0.0.0')),
    ('honest', ours, packet('192.168.6.1')),
]
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(('eth0', 0))
for _ in range(20):
    for name, sender, frame in frames: out.send(all_ + sender + frame(b'<' + name.encode() + b'>'))
    time.sleep(0.1)
`;

/** Names of the frames that arrive between two honest ones. */
const receive = `
import re, socket
into = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
into.bind(('eth0', 0))
into.settimeout(10)
seen, rounds = set(), 0
while rounds < 3:
    names = re.findall(rb'<([a-z0-9-]+)>', into.recv(2048))
    rounds += names == [b'honest']
    seen.update(names)
print(' '.join(sorted(name.decode() for name in seen)))
`;

async function arriving(): Promise<readonly string[]> {
  const [seen] = await Promise.all([
    spaces.run(two, 'python3', '-c', receive),
    spaces.run(one, 'python3', '-c', send),
  ]);
  return seen.split(' ');
}

/** Also what a DHCP server sends under its own address: a lab may have one. */
const honest = [
  'dhcp-server-as-itself',
  'honest',
  'honest-arp',
  'honest-first-fragment',
  'honest-gratuitous-arp',
  'honest-later-fragment',
  'honest-probe',
];

const frames = send.match(/^ {4}\('[a-z0-9-]+', /gm)?.length ?? 0;

const spec = () =>
  ({
    kind: 'anti-spoof',
    id: 'anti-spoof:t',
    lab: 'lab',
    table: 'labnet_lab',
    ports: [{ tap: 'tap0', mac, address: '192.168.6.1' }],
    namespace: host,
  }) as const;

async function under<T>(look: () => Promise<T>): Promise<T> {
  for (const action of antiSpoof.create(spec())) await perform(action, { host: localHost() });
  try {
    return await look();
  } finally {
    for (const action of antiSpoof.remove(spec())) await perform(action, { host: localHost() });
  }
}

test('without the rules every frame arrives; with them the honest ones alone', async () => {
  expect(frames).toBe(25);
  expect(await arriving()).toHaveLength(frames);
  expect(await under(arriving)).toEqual(honest);
});

/** A router advertisement that every host would believe (RFC 4861, section 4.2): "I am your default router". */
const advertise = String.raw`
import socket, struct
source, all_ = b'\xfe\x80' + bytes(13) + b'\x66', b'\xff\x02' + bytes(13) + b'\x01'
message = lambda total: struct.pack('!BBHBBHII', 134, 0, total, 64, 0, 1800, 0, 0)
data = source + all_ + struct.pack('!II', 16, 58) + message(0)
total = sum(struct.unpack(f'!{len(data) // 2}H', data))
while total > 65535: total = total % 65536 + total // 65536
frame = bytes.fromhex('3333000000010200000000010000')[:6] + bytes.fromhex('${mac}'.replace(':', '')) + b'\x86\xdd'
frame += struct.pack('!IHBB', 6 << 28, 16, 58, 255) + source + all_ + message(~total & 65535)
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(('eth0', 0))
for _ in range(3): out.send(frame)
`;

test('a guest that calls itself a router changes no route of the host', async () => {
  const routes = () => spaces.run(host, 'ip', '-6', 'route', 'show', 'default');
  const send = () => spaces.run(one, 'python3', '-c', advertise);
  const ipv6 = (value: number) =>
    spaces.run(host, 'sysctl', '-qw', `net.ipv6.conf.br0.disable_ipv6=${value}`);
  // As on a host without labnet: the advertisement is believed.
  await spaces.run(host, 'sysctl', '-qw', 'net.ipv6.conf.br0.accept_dad=0', 'net.ipv6.conf.br0.accept_ra=1');
  await ipv6(1);
  await ipv6(0);
  await under(async () => {
    await send();
    expect(await routes()).toBe('');
  });
  // And without these rules, the bridge that labnet makes has no IPv6 to believe it with.
  await ipv6(1);
  await send();
  expect(await routes()).toBe('');
  await ipv6(0);
  await send();
  await expect.poll(routes).toContain('default via fe80::66 dev br0 proto ra');
});
