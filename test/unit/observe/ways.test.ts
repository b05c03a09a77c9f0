/** The links by which a host goes, from what ip prints. */
import { describe, expect, test } from 'vitest';
import { readWays } from '../../../src/observe/ways.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const link = (ifname: string, local: readonly string[], more: object = {}) => ({
  ifname,
  link_type: 'ether',
  flags: ['UP'],
  addr_info: local.map((address) => ({ family: 'inet', local: address, prefixlen: 32, scope: 'global' })),
  ...more,
});

const shown = [
  link('lo', ['127.0.0.1', '10.53.53.53']),
  link('eth0', ['198.51.100.2']),
  link('six0', [], { linkinfo: { info_kind: 'veth' } }),
];

const hostWith = (routes: readonly object[]) =>
  partialHost({
    run: async (argv) => {
      const stdout = argv.includes('route') ? JSON.stringify(routes) : JSON.stringify(shown);
      return { status: 0, stdout, stderr: '' };
    },
  });

test('a router that has an address of IPv6 is one, also behind a cable without an address', async () => {
  const far = { dst: '203.0.113.92/31', via: { family: 'inet6', host: 'fe80::1' }, dev: 'six0' };
  const { links } = await readWays(
    hostWith([{ dst: 'default', gateway: '198.51.100.1', dev: 'eth0' }, far]),
    [],
  );
  expect(links).toEqual(['eth0', 'six0']);
  const near = await readWays(hostWith([{ dst: '203.0.113.92/31', dev: 'six0' }]), []);
  expect(near.links).toEqual([]);
});

describe('the address of the host’s own packets', () => {
  const near = { dst: '198.51.100.0/24', dev: 'eth0', scope: 'link', prefsrc: '198.51.100.2' };
  const out = { dst: 'default', gateway: '198.51.100.1', dev: 'eth0' };
  const sources = async (...routes: object[]) => (await readWays(hostWith(routes), [])).sources;

  test('is masquerade’s, where a route says nothing else', async () => {
    expect(await sources(out, near)).toEqual([]);
    expect(await sources({ ...out, prefsrc: '198.51.100.2' }, near)).toEqual([]);
    const local = { type: 'local', dst: '10.53.53.53', dev: 'eth0', table: 'local', prefsrc: '10.53.53.53' };
    expect(await sources(out, near, local)).toEqual([]);
  });

  test('is another, but for the network near by', async () => {
    expect(await sources({ ...out, prefsrc: '10.53.53.53' }, near)).toEqual([
      { link: 'eth0', to: '198.51.100.0/24' },
      { link: 'eth0', address: '10.53.53.53' },
    ]);
  });

  test('is told of the narrowest network first, and not again where the next wider one says the same', async () => {
    const far = (dst: string, prefsrc?: string) => ({ ...out, dst, prefsrc });
    expect(
      await sources(
        far('203.0.113.0/24', '10.53.53.53'),
        far('203.0.113.80'),
        far('203.0.113.64/26', '10.53.53.53'),
        near,
        out,
      ),
    ).toEqual([
      { link: 'eth0', to: '203.0.113.80/32' },
      { link: 'eth0', to: '203.0.113.0/24', address: '10.53.53.53' },
    ]);
  });

  test('is that of the main table, of each hop of a route with several', async () => {
    const hops = { nexthops: [{ dev: 'eth0', gateway: '198.51.100.1' }, { dev: 'six0' }] };
    expect(
      await sources(
        { ...out, table: '77', prefsrc: '198.51.100.9' },
        { dst: 'default', prefsrc: '10.53.53.53', ...hops },
      ),
    ).toEqual([
      { link: 'eth0', address: '10.53.53.53' },
      { link: 'six0', address: '10.53.53.53' },
    ]);
  });

  test('is asked for of so many routes at most', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      ...out,
      dst: `10.${index >> 8}.${index % 256}.0/24`,
      prefsrc: '10.53.53.53',
    }));
    const found = await sources(...many, { ...out, prefsrc: '10.53.53.53' }, near);
    expect(found).toEqual([
      { link: 'eth0', to: '198.51.100.0/24' },
      { link: 'eth0', address: '10.53.53.53' },
    ]);
  });
});

test('an address that lo holds is the host’s own, loopback apart', async () => {
  expect((await readWays(hostWith([]), [])).addresses).toEqual(['10.53.53.53', '198.51.100.2']);
});
