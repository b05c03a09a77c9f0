/** The networks that `isolate: lan` keeps guests off, whatever networks the host is connected to. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contains, overlaps, subnetOf, toAddress } from '../../../src/lab/addressing.ts';
import { localNetworks } from '../../../src/plan/local-networks.ts';

const own = (connected: readonly string[]) => localNetworks(connected).slice(localNetworks([]).length);

test.each([
  ['a LAN with addresses of the internet', ['198.51.100.0/24'], ['198.51.100.0/24']],
  ['a private one is in already', ['192.168.1.0/24', '10.9.0.0/16'], []],
  ['one in another', ['192.0.2.0/24', '192.0.2.128/25'], ['192.0.2.0/24']],
  ['a VPN over the default route', ['0.0.0.0/1', '128.0.0.0/1', '192.0.2.0/24'], ['192.0.2.0/24']],
  ['one machine', ['203.0.113.9'], ['203.0.113.9']],
])('%s', (_, connected, expected) => {
  expect(own(connected)).toEqual(expected);
});

test('of a network that holds a private one, the rest is kept off too', () => {
  const all = localNetworks(['192.0.0.0/8']);
  const isKeptOff = (address: string) => all.some((one) => contains(one, address));
  expect(['192.0.2.1', '192.168.1.1', '192.255.0.1'].map(isKeptOff)).toEqual([true, true, true]);
  expect(isKeptOff('193.0.0.1')).toBe(false);
});

test('each address of each network is in exactly one of them, and nothing else is', () => {
  const address = fc.nat({ max: 2 ** 32 - 1 }).map(toAddress);
  const subnet = fc
    .tuple(address, fc.integer({ min: 8, max: 32 }))
    .map(([one, prefix]) => subnetOf(one, prefix));
  fc.assert(
    fc.property(
      fc.array(subnet, { maxLength: 6 }),
      fc.array(address, { minLength: 1 }),
      (connected, some) => {
        const all = localNetworks(connected);
        expect(all.flatMap((one, at) => all.slice(at + 1).filter((other) => overlaps(one, other)))).toEqual(
          [],
        );
        const meant = [...localNetworks([]), ...connected];
        for (const one of [...some, ...connected.map((net) => net.split('/')[0] ?? '')]) {
          const holding = all.filter((net) => contains(net, one)).length;
          expect(holding).toBe(meant.some((net) => contains(net, one)) ? 1 : 0);
        }
      },
    ),
  );
});
