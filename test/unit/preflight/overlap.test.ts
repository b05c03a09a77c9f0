/** Where a lab's subnet meets what the host knows already: any overlap counts, not only equality. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HostNetwork, parseGateways, parseRoutes } from '../../../src/observe/network.ts';
import { clashes, otherSubnet, overlapFindings, wideRouteWarnings } from '../../../src/preflight/subnets.ts';
import { planOfSize } from '../../fakes/plans.ts';

/** 192.168.6.0/24 on br0. */
const plan = planOfSize(2, false);

interface Layout {
  readonly routes?: readonly object[];
  readonly neighbours?: readonly { readonly address: string; readonly device: string }[];
  readonly resolvers?: readonly string[];
}

function networkOf({ routes = [], neighbours = [], resolvers = [] }: Layout): HostNetwork {
  const json = JSON.stringify(routes);
  return { subnets: parseRoutes(json), gateways: parseGateways(json), neighbours, resolvers };
}

function messages(layout: Layout): readonly string[] {
  return overlapFindings(plan, networkOf(layout)).map(({ message, remedy }) => {
    expect(remedy.join()).toContain('give the lab another subnet');
    return message;
  });
}

const connected = { protocol: 'kernel', scope: 'link' };

describe('is refused', () => {
  test.each<[string, Layout, string]>([
    [
      'the same subnet',
      { routes: [{ dst: '192.168.6.0/24', dev: 'eth0', ...connected }] },
      '192.168.6.0/24 on eth0',
    ],
    [
      'one inside it',
      { routes: [{ dst: '192.168.6.64/26', dev: 'eth1', ...connected }] },
      '192.168.6.64/26 on eth1',
    ],
    [
      'one around it',
      { routes: [{ dst: '192.168.0.0/16', dev: 'eth0', ...connected }] },
      '192.168.0.0/16 on eth0',
    ],
    [
      'an address with another prefix',
      { routes: [{ type: 'local', dst: '192.168.6.200', dev: 'eth0' }] },
      '192.168.6.200/32 on eth0',
    ],
    [
      'a route to one host',
      { routes: [{ dst: '192.168.6.77', gateway: '10.0.0.1', dev: 'eth0' }] },
      '192.168.6.77/32 on eth0',
    ],
    [
      'a route through a gateway',
      { routes: [{ dst: '192.168.4.0/22', gateway: '10.0.0.1', dev: 'tun0' }] },
      '192.168.4.0/22 on tun0',
    ],
    [
      'a route in a table of its own',
      { routes: [{ dst: '192.168.6.0/25', dev: 'wg0', table: '51820' }] },
      '192.168.6.0/25 on wg0',
    ],
    [
      'the far end of a point-to-point link',
      { routes: [{ dst: '192.168.6.5', dev: 'ppp0', ...connected }] },
      '192.168.6.5/32 on ppp0',
    ],
    [
      'a route by several ways',
      { routes: [{ dst: '192.168.6.0/24', nexthops: [{ gateway: '10.0.0.1' }, { gateway: '10.0.0.2' }] }] },
      '192.168.6.0/24 on a route',
    ],
    [
      'a route to nowhere inside it',
      { routes: [{ type: 'blackhole', dst: '192.168.6.128/25' }] },
      '192.168.6.128/25 on a route',
    ],
    [
      'a resolver in it',
      { resolvers: ['192.0.2.53', '192.168.6.53'] },
      "the host's resolver 192.168.6.53 lies in",
    ],
    [
      'a router in it',
      { routes: [{ dst: 'default', gateway: '192.168.6.254', dev: 'eth0' }] },
      '192.168.6.254, a router that this host goes by on eth0',
    ],
    [
      'a wide network that the host is in',
      { routes: [{ dst: '192.0.0.0/8', dev: 'eth0', ...connected }] },
      '192.0.0.0/8 on eth0',
    ],
    [
      'a machine that the host has spoken with',
      { neighbours: [{ address: '192.168.6.9', device: 'eth0' }] },
      '192.168.6.9 on eth0, which this host has spoken with',
    ],
  ])('%s', (_, layout, message) => {
    expect(messages(layout)).toEqual([expect.stringContaining(message)]);
  });
});

describe('is no overlap', () => {
  test.each<[string, Layout]>([
    ['the default route', { routes: [{ dst: 'default', gateway: '10.0.0.1', dev: 'eth0' }] }],
    [
      'the two halves of one, of a VPN',
      {
        routes: [
          { dst: '0.0.0.0/1', dev: 'tun0' },
          { dst: '128.0.0.0/1', dev: 'tun0' },
        ],
      },
    ],
    ['the subnet beside it', { routes: [{ dst: '192.168.7.0/24', dev: 'eth0', ...connected }] }],
    ['a route to nowhere around it', { routes: [{ type: 'unreachable', dst: '192.168.0.0/16' }] }],
    [
      'loopback and broadcast',
      {
        routes: [
          { type: 'local', dst: '192.168.6.0/24', dev: 'lo' },
          { type: 'broadcast', dst: '192.168.6.255', dev: 'eth0' },
        ],
      },
    ],
    [
      'the lab itself',
      {
        routes: [{ dst: '192.168.6.0/24', dev: 'br0', ...connected }],
        neighbours: [{ address: '192.168.6.1', device: 'br0' }],
      },
    ],
    [
      'a VM of the lab whose tap was unplugged while it spoke',
      { neighbours: [{ address: '192.168.6.1', device: 'tap0' }] },
    ],
    [
      'other machines and resolvers',
      { neighbours: [{ address: '192.168.7.9', device: 'eth0' }], resolvers: ['192.168.7.53'] },
    ],
  ])('%s', (_, layout) => {
    expect(messages(layout)).toEqual([]);
  });
});

describe('a route far wider than the lab', () => {
  const vpn = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

  test.each<[string, object]>([
    ['through a gateway', { gateway: '10.8.0.1', dev: 'tun0' }],
    ['through a tunnel', { dev: 'wg0', scope: 'link' }],
    ['by several ways', { nexthops: [{ gateway: '10.8.0.1', dev: 'tun0' }] }],
  ])('%s is told, and in nobody’s way', (_, way) => {
    const layout = { routes: vpn.map((dst) => ({ dst, ...way })) };
    expect(messages(layout)).toEqual([]);
    expect(wideRouteWarnings(plan, networkOf(layout))).toEqual([
      expect.stringMatching(
        /^192\.168\.0\.0\/16, which this host reaches by (tun0|wg0), has 192\.168\.6\.0\/24 in it/,
      ),
    ]);
  });

  test('the router and the resolver beyond it are not to be hidden', () => {
    const routes = [{ dst: '192.168.0.0/16', gateway: '192.168.6.1', dev: 'tun0' }];
    expect(messages({ routes, resolvers: ['192.168.6.3'] })).toEqual([
      expect.stringContaining('192.168.6.1, a router'),
      expect.stringContaining('resolver 192.168.6.3'),
    ]);
  });
});

const subnets = fc
  .record({
    block: fc.constantFrom('10.66', '10.166', '172.30', '192.168', '198.18', '100.127', '0.0'),
    third: fc.integer({ min: 0, max: 255 }),
    prefix: fc.integer({ min: 8, max: 32 }),
    gateway: fc.option(fc.constantFrom('10.66.0.9', '192.0.2.1'), { nil: undefined }),
    protocol: fc.constantFrom('kernel', 'static'),
  })
  .map(({ block, third, prefix, gateway, protocol }) => ({
    dst: `${block}.${third}.0/${prefix}`,
    dev: 'eth0',
    protocol,
    ...(gateway === undefined ? {} : { gateway }),
  }));

test('the line to type is one that nothing stands in the way of', () => {
  fc.assert(
    fc.property(fc.array(subnets, { maxLength: 12 }), (routes) => {
      const host = networkOf({ routes });
      const own = new Set(['br0']);
      const [, subnet] = /address: (\S+)\.1\/24\}/.exec(otherSubnet({ own }, host)) ?? [];
      if (subnet === undefined) expect(routes.length).toBeGreaterThan(3);
      else expect(clashes({ subnet: `${subnet}.0/24`, own }, host)).toEqual([]);
    }),
  );
});
