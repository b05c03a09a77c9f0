import { expect, test } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import {
  readLocalNetworks,
  readResolvConf,
  readResolvers,
  usableResolvers,
} from '../../../src/observe/facts.ts';
import { parseLinks } from '../../../src/observe/links.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { partialHost } from '../../fakes/partial-host.ts';

test.each([
  ['nameserver 192.0.2.53\n', ['192.0.2.53']],
  ['nameserver 127.0.0.53\noptions edns0', []],
  ['nameserver 127.0.0.1\nnameserver 192.0.2.1\nnameserver 192.0.2.2', ['192.0.2.1', '192.0.2.2']],
  ['nameserver ::1\nnameserver fe80::1%eth0', []],
  ['nameserver 169.254.169.254', ['169.254.169.254']],
  ['nameserver 0.0.0.0', []],
  ['# nameserver 192.0.2.1\n;nameserver 192.0.2.2\n', []],
  ['nameserver\t192.0.2.9  ', ['192.0.2.9']],
  // As glibc: only from the first column, and only what is an address.
  [' nameserver 192.0.2.9', []],
  ['nameserver 203.0.113.256\nnameserver 203.0.113.080\nnameserver 192.0.2.5', ['192.0.2.5']],
  // What touches an address is part of it: glibc ends it at a blank alone.
  [
    'nameserver 192.0.2.53 # of the school\nnameserver 192.0.2.54;x\nnameserver 192.0.2.55#\n',
    ['192.0.2.53'],
  ],
  ['nameserver 192.0.2.53 trailing words', ['192.0.2.53']],
  ['nameserver 192.0.2.53.9\nnameserver 192.0.2.5x\n', []],
  ['nameserver 2001:db8::53\n', []],
  ['search lab.example\noptions ndots:2\n', []],
  ['nameserver 192.168.6.10', ['192.168.6.10']],
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
      carrier: false,
      mtu: 1400,
      mac: '02:00:00:00:00:01',
      master: undefined,
      addresses: ['192.168.6.10/24'],
    },
  ]);
  expect(parseLinks('')).toEqual([]);
});

test.each([
  [
    'a stub, and systemd-resolved’s own file',
    {
      '/etc/resolv.conf': 'nameserver 127.0.0.53\n',
      '/run/systemd/resolve/resolv.conf': 'nameserver 192.0.2.1\n',
    },
    ['192.0.2.1'],
  ],
  [
    'a stub, and what NetworkManager’s dnsmasq asks',
    {
      '/etc/resolv.conf': 'nameserver 127.0.1.1\n',
      '/run/NetworkManager/no-stub-resolv.conf': 'nameserver 192.0.2.2\n',
    },
    ['192.0.2.2'],
  ],
  ['a loopback and nothing else', { '/etc/resolv.conf': 'nameserver 127.0.0.1\nnameserver ::1\n' }, []],
  [
    'a real one',
    {
      '/etc/resolv.conf': 'nameserver 192.0.2.3\n',
      '/run/systemd/resolve/resolv.conf': 'nameserver 192.0.2.1\n',
    },
    ['192.0.2.3'],
  ],
  [
    'four, of which a resolver asks three',
    { '/etc/resolv.conf': [1, 2, 3, 4].map((n) => `nameserver 192.0.2.${n}\n`).join('') },
    ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  ],
  ['no file', {}, []],
])('the resolvers of a host with %s', async (_, files, expected) => {
  const host = new MemoryHost();
  for (const [path, text] of Object.entries(files)) {
    host.world.files.makeDirectory(path.slice(0, path.lastIndexOf('/')), 0o755);
    host.world.files.write(path, text, 0o644);
  }
  expect(await readResolvers(host)).toEqual(expected);
});

test.each([
  ['options use-vc\nnameserver 192.0.2.1\n', true],
  ['nameserver 192.0.2.1\noptions edns0\noptions timeout:2 use-vc rotate\n', true],
  ['nameserver 192.0.2.1\n#options use-vc\n options use-vc\noptions use-vcx no-use-vc\n', false],
])('whether the resolvers of %j are asked by TCP alone: %s', async (text, byTcp) => {
  const host = partialHost({ read: async (path) => (path === '/etc/resolv.conf' ? text : undefined) });
  expect(await readResolvConf(host)).toEqual({ resolvers: ['192.0.2.1'], byTcp });
});

test('what a stub on loopback is asked by says nothing of the resolvers behind it', async () => {
  const files = new Map([
    ['/etc/resolv.conf', 'nameserver 127.0.0.53\noptions use-vc\n'],
    ['/run/systemd/resolve/resolv.conf', 'nameserver 192.0.2.1\n'],
  ]);
  const host = partialHost({ read: async (path) => files.get(path) });
  expect(await readResolvConf(host)).toEqual({ resolvers: ['192.0.2.1'], byTcp: false });
});

test('a file of resolvers that is a link to nothing is named by what it leads to', async () => {
  const link = { kind: 'link' } as Awaited<ReturnType<Host['stat']>>;
  const host = partialHost({
    read: async () => undefined,
    stat: async () => link,
    run: async (argv) => {
      expect(argv).toEqual(['readlink', '--canonicalize-missing', '/etc/resolv.conf']);
      return { status: 0, stdout: '/run/resolvconf/resolv.conf\n', stderr: '' };
    },
  });
  const missing = '/run/resolvconf/resolv.conf';
  expect(await readResolvConf(host)).toEqual({ resolvers: [], byTcp: false, missing });
});

test('the networks that a host is connected to are those of its routes without a router, each once', async () => {
  const asked: string[] = [];
  const answering = (stdout: string) =>
    partialHost({
      run: async (argv) => {
        asked.push(argv.join(' '));
        return { status: 0, stdout, stderr: '' };
      },
    });
  const routes = [
    // A VPN's: the link itself is the way to everywhere, and is no network near the host.
    { dst: 'default', dev: 'tun0' },
    { dst: '198.51.100.0/24', dev: 'eth0', prefsrc: '198.51.100.2' },
    { dst: '198.51.100.0/24', dev: 'wlan0', metric: 600 },
    { dst: '203.0.113.9', dev: 'ppp0' },
    { dst: '192.0.2.0/24', dev: 'wlan0', table: '66' },
    { type: 'broadcast', dst: '198.51.100.255', dev: 'eth0', table: 'local' },
    { dst: '127.0.0.0/8', dev: 'lo' },
  ];
  expect(await readLocalNetworks(answering(JSON.stringify(routes)))).toEqual([
    '198.51.100.0/24',
    '203.0.113.9',
    '192.0.2.0/24',
  ]);
  expect(await readLocalNetworks(answering(''))).toEqual([]);
  expect(new Set(asked)).toEqual(new Set(['ip -json -4 route show table all scope link']));
});
