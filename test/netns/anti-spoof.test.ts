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
def packet(source): # valid in every other way: a bridge with netfilter drops what is not
    def payload(name):
        head = lambda total: struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(name), 0, 0, 64, 253, total, ip(source), ip('192.168.6.2'))
        return b'\x08\x00' + head(checksum(head(0))) + name
    return payload
def arp(sender, source):
    return lambda name: b'\x08\x06' + struct.pack('!HHBBH6s4s6s4s', 1, 0x0800, 6, 4, 2, sender, ip(source), bytes(6), ip('192.168.6.2')) + name
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

const honest = ['honest', 'honest-arp', 'honest-probe'];

test('without the rules every frame arrives; with them the honest ones alone', async () => {
  expect(await arriving()).toHaveLength(12);
  const spec = {
    kind: 'anti-spoof',
    id: 'anti-spoof:t',
    lab: 'lab',
    table: 'labnet_lab',
    ports: [{ tap: 'tap0', mac, address: '192.168.6.1' }],
    namespace: host,
  } as const;
  for (const action of antiSpoof.create(spec)) await perform(action, { host: localHost() });
  expect(await arriving()).toEqual(honest);
});
