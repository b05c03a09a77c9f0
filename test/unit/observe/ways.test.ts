/** The links by which a host goes, from what ip prints. */
import { expect, test } from 'vitest';
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

test('an address that lo holds is the host’s own, loopback apart', async () => {
  expect((await readWays(hostWith([]), [])).addresses).toEqual(['10.53.53.53', '198.51.100.2']);
});
