import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLab } from '../../../src/lab/validate.ts';
import { formatDiagnostics } from '../../../src/report/diagnostic.ts';

function mistakes(text: string): readonly string[] {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  return parsed.ok
    ? []
    : parsed.diagnostics.map(({ position, message }) => `${position.line}:${position.column} ${message}`);
}

const vm = 'vms: {vm1: {}}\n';

describe('each mistake is told at its place', () => {
  test.each([
    ['an empty file', '', '1:1 the file is empty'],
    ['a list', '- vms', '1:1 a lab file is a map'],
    ['a word', 'vms', '1:1 a lab file is a map'],
    ['no VMs', 'name: x', '1:1 "vms" is missing'],
    ['no VM', 'vms: {}', '1:1 "vms" must name 1 to 100 VMs'],
    ['an unknown key', `imge: x\n${vm}`, '1:1 unknown key "imge"'],
    ['an unknown key within', `networks: [{adress: 192.168.6.10/24}]\n${vm}`, '1:13 unknown key "adress"'],
    ['an unknown key of a VM', 'vms:\n  vm1:\n    cpu: 2\n', '3:5 unknown key "cpu"'],
    ['an unknown key of defaults', `defaults: {ram: 1G}\n${vm}`, '1:12 unknown key "ram"'],
    [
      'an unknown key of a file',
      'vms: {vm1: {files: [{path: /x, content: y, owner: z}]}}',
      '1:44 unknown key "owner"',
    ],
    ['a key twice', 'name: a\nname: b\nvms: {vm1: {}}', '2:1 this key stands here already'],
    ['an anchor', 'vms: {vm1: &a {}, vm2: {}}', 'anchors (&a) are not supported'],
    ['an alias', 'vms: {vm1: &a {}, vm2: *a}', 'aliases (*a) are not supported'],
    ['a merge key', 'vms: {vm1: {<<: {cpus: 1}}}', 'merge keys (<<) are not supported'],
    ['a tag', 'name: !secret x\nvms: {vm1: {}}', 'tags (!secret) are not supported'],
    ['broken YAML', 'vms: {vm1: {}', '1:14'],
    ['a tab for indentation', 'vms:\n\tvm1: {}', '2:1'],
    ['a name too long', `name: ${'a'.repeat(21)}\n${vm}`, '1:7 "name" must be 1 to 20'],
    ['a name in capitals', `name: Lab\n${vm}`, '1:7 "name" must be'],
    ['a number for a name', `name: 5\n${vm}`, '1:7 "name" must be text'],
    ['an image that is a path', `image: ../x\n${vm}`, '1:8 "image" must be the name'],
    ['another forwarding', `host: {forwarding: all}\n${vm}`, '1:20 "forwarding" must be interface or global'],
    ['two networks', `networks: [{}, {name: br1}]\n${vm}`, '1:1'],
    [
      'an address without prefix',
      `networks: [{address: 192.168.6.10}]\n${vm}`,
      '1:22 "address" must be an address with a prefix',
    ],
    ['/31', `networks: [{address: 192.168.6.10/31}]\n${vm}`, '"address" must be an address with a prefix'],
    ['/33', `networks: [{address: 192.168.6.10/33}]\n${vm}`, '"address" must be an address with a prefix'],
    [
      'a network address for the bridge',
      `networks: [{address: 192.168.6.0/24}]\n${vm}`,
      '192.168.6.0 is the network address',
    ],
    [
      'a broadcast address for the bridge',
      `networks: [{address: 192.168.6.255/24}]\n${vm}`,
      '192.168.6.255 is the broadcast address',
    ],
    [
      'a bridge name too long',
      `networks: [{name: abcdefghijklmnop}]\n${vm}`,
      '"name" must be an interface name',
    ],
    ['a bridge name of systemd’s', `networks: [{name: vt-1}]\n${vm}`, '"name" must be an interface name'],
    [
      'a tap called as the bridge',
      `networks: [{name: tap0}]\n${vm}`,
      'the bridge and a tap would both be called tap0',
    ],
    ['nat that is a word', `networks: [{nat: maybe}]\n${vm}`, '"nat" must be true or false'],
    ['an mtu that is none', `networks: [{mtu: 100}]\n${vm}`, '"mtu" is too small: at least 576'],
    ['a resolver that is a name', `networks: [{dns: [dns.example]}]\n${vm}`, 'dns'],
    ['leading zeros', 'vms: {vm1: {address: 192.168.06.1}}', '1:22 "address" must be an IPv4 address'],
    ['an address of three parts', 'vms: {vm1: {address: 192.168.1}}', '"address" must be'],
    ['an address outside', 'vms: {vm1: {address: 10.0.0.1}}', '10.0.0.1 lies outside'],
    ['the network address', 'vms: {vm1: {address: 192.168.6.0}}', 'is the network address'],
    ['the broadcast address', 'vms: {vm1: {address: 192.168.6.255}}', 'is the broadcast address'],
    ['the bridge’s address', 'vms: {vm1: {address: 192.168.6.10}}', "the bridge's address already"],
    [
      'an address twice',
      'vms: {a: {address: 192.168.6.1}, b: {address: 192.168.6.1}}',
      "1:47 192.168.6.1 is a's address already",
    ],
    [
      'a MAC twice',
      'vms: {a: {mac: "02:00:00:00:00:01"}, b: {mac: "02:00:00:00:00:01"}}',
      'is the MAC address of a already',
    ],
    ['a multicast MAC', 'vms: {a: {mac: "01:00:00:00:00:01"}}', 'unicast'],
    ['a short MAC', 'vms: {a: {mac: "02:00"}}', '"mac" must be a MAC address'],
    ['a host name twice', 'vms: {a: {}, b: {hostname: a}}', 'a is the host name of a already'],
    ['localhost', 'vms: {a: {hostname: localhost}}', 'localhost names every computer itself'],
    ['a number for a host name', 'vms: {a: {hostname: 123}}', '"hostname" must be text'],
    ['a host name with dots', 'vms: {a: {hostname: a.b}}', '"hostname" must be a name without a domain: a.'],
    ['a number for a VM', 'vms: {1: {}}', '1:7 the name must be'],
    ['no CPU', 'vms: {a: {cpus: 0}}', '"cpus" is too small'],
    ['half a CPU', 'vms: {a: {cpus: 1.5}}', '"cpus" must be'],
    ['memory without unit', 'vms: {a: {memory: 512}}', '"memory" must be a size with its unit: write 512M'],
    ['too little memory', 'vms: {a: {memory: 32M}}', '32M is too little to boot debian-11: at least 128M'],
    ['too small a disk', 'vms: {a: {disk: 1G}}', '"disk" must be a size of at least 2G'],
    ['another card', 'vms: {a: {nic: rtl8139}}', '"nic" must be virtio or e1000'],
    ['root', 'vms: {a: {user: root}}', '"user" must not be root'],
    ['a relative path', 'vms: {a: {files: [{path: x, content: y}]}}', '"path" must be an absolute path'],
    ['a path upwards', 'vms: {a: {files: [{path: /a/../b, content: y}]}}', '"path" must be an absolute path'],
    [
      'a file that labnet writes',
      'vms: {a: {files: [{path: /etc/hosts, content: y}]}}',
      '/etc/hosts is written by labnet',
    ],
    [
      'a mode that is a number',
      'vms: {a: {files: [{path: /x, content: y, mode: 420}]}}',
      '"mode" must be text',
    ],
    ['a private key', 'vms: {a: {ssh_keys: ["-----BEGIN OPENSSH PRIVATE KEY-----"]}}', 'is a private key'],
    ['a protected key', 'vms: {a: {cloud_config: {network: {}}}}', '1:26 cloud_config may not set "network"'],
    ['a token', 'vms: {a: {run: ["@@labnet:/etc/shadow@@"]}}', 'stands for a secret of labnet'],
    ['an empty password', 'vms: {a: {password: ""}}', 'password'],
  ])('%s', (_, text, expected) => {
    expect(mistakes(text).join('\n')).toContain(expected);
  });
});

test('all mistakes at once, of both kinds, in the order of the file', () => {
  const text =
    'nmae: lab\nnetworks: [{mtu: big}]\nvms:\n  a: {address: 10.0.0.1}\n  b: {cpus: none, address: 192.168.6.10}\n';
  expect(mistakes(text).map((line) => line.split(' ')[0])).toEqual(['1:1', '2:18', '4:16', '5:13', '5:28']);
});

test('the message shows the line and the place', () => {
  const text = 'name: lab\nimge: x\nvms: {a: {}}\n';
  const parsed = parseLab(text, 'my.yaml', { sandbox: false });
  expect(parsed.ok ? '' : formatDiagnostics(parsed.diagnostics, text)).toBe(
    'my.yaml:2:1: unknown key "imge"\n  2 | imge: x\n    | ^~~~\n  did you mean "image"?',
  );
});

test.each(['\u007f', '\u0080', '\u009f', '\u0000', '\u001b'])(
  'the character %j is refused in every free text',
  (bad) => {
    const text = JSON.stringify({
      vms: { a: { run: [`x${bad}`], password: `x${bad}`, files: [{ path: '/x', content: `x${bad}` }] } },
    });
    expect(mistakes(text).length).toBeGreaterThanOrEqual(3);
  },
);

test('huge files and alias bombs end at once', () => {
  expect(mistakes(`vms: {a: {}}\n#${'x'.repeat(10_000_000)}`)[0]).toContain('1 MiB at most');
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((key, index) => `${key}: &${key} [${`*${'abcdefgh'[index]},`.repeat(9)}]`),
  ].join('\n');
  expect(mistakes(bomb)[0]).toContain('not supported');
});

test('whatever the text, the answer is a lab or mistakes with places, never an exception', () => {
  const piece = fc.constantFrom(
    'vms:',
    ' vm1:',
    ' {}',
    '\n',
    '  ',
    'address: ',
    '192.168.6.1',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '- ',
    ': ',
    '#',
    '|',
    '>',
    '&a',
    '*a',
    '!t',
    '\t',
    'null',
    '\u0000',
    'é',
    '🦆',
    'networks:',
    '? ',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
      (text) => {
        const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
        const places = parsed.ok ? [] : parsed.diagnostics;
        expect(parsed.ok || places.length > 0).toBe(true);
        expect(places.every(({ position }) => position.line >= 1 && position.column >= 1)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

test.each(readdirSync('templates/labs'))('the template %s is a lab', (name) => {
  expect(mistakes(readFileSync(`templates/labs/${name}`, 'utf8'))).toEqual([]);
});
