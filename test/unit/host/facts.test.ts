import { expect, test } from 'vitest';
import { usableResolvers } from '../../../src/host/facts.ts';
import { parseLinks } from '../../../src/host/links.ts';

test.each([
  ['nameserver 192.0.2.53\n', ['192.0.2.53']],
  ['nameserver 127.0.0.53\noptions edns0', []],
  ['nameserver 127.0.0.1\nnameserver 192.0.2.1\nnameserver 192.0.2.2', ['192.0.2.1', '192.0.2.2']],
  ['nameserver ::1\nnameserver fe80::1%eth0', []],
  ['nameserver 169.254.1.1', []],
  ['# nameserver 192.0.2.1\n;nameserver 192.0.2.2\n', []],
  ['  nameserver\t192.0.2.9  ', ['192.0.2.9']],
  ['', []],
])('of %j a guest can use %j', (text, expected) => {
  expect(usableResolvers(text)).toEqual(expected);
});

test('links are read from ip’s JSON, without the empty objects of what a filter left out', () => {
  const json = JSON.stringify([
    {},
    {
      ifname: 'br0',
      flags: ['UP'],
      mtu: 1400,
      address: '02:00:00:00:00:01',
      ifalias: 'labnet:lab',
      linkinfo: { info_kind: 'bridge' },
      addr_info: [
        { family: 'inet', local: '192.168.6.10', prefixlen: 24 },
        { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
      ],
    },
  ]);
  expect(parseLinks(json)).toEqual([
    {
      name: 'br0',
      kind: 'bridge',
      alias: 'labnet:lab',
      up: true,
      mtu: 1400,
      mac: '02:00:00:00:00:01',
      master: undefined,
      addresses: ['192.168.6.10/24'],
    },
  ]);
  expect(parseLinks('')).toEqual([]);
});
