/** Real TCP through labnet's own rules: small MTUs, lost ICMP, point-to-point uplinks, new ports of the bridge. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { perform } from '../../src/action/perform.ts';
import type { Host } from '../../src/host/host.ts';
import { localHost } from '../../src/host/local-host.ts';
import { readIn } from '../../src/host/namespace.ts';
import { readUplink } from '../../src/observe/facts.ts';
import { readReversePathDrops, readStrictReversePath } from '../../src/observe/reverse-path.ts';
import { tap } from '../../src/resource/tap.ts';
import { openTunnel, type Tunnel } from '../setup/tunnel.ts';
import { server, type WiredLab, wiredLab } from '../setup/wired-lab.ts';

let wired: WiredLab;

beforeAll(async () => {
  wired = await wiredLab();
});

afterAll(() => wired.close());

/** labnet's view of the host's namespace, as if it ran in it. */
function inside(namespace: string): Host {
  const host = localHost();
  return {
    ...host,
    run: (argv, options) => host.run(argv, { ...options, namespace }),
    // What it reads is in /proc.
    read: (path) => readIn(namespace, path, host),
  };
}

describe('a megabyte each way', () => {
  const cases = [1280, 1400, 1500].flatMap((uplink) =>
    [uplink, 1500].flatMap((lab) => [false, true].map((filtered) => ({ uplink, lab, filtered }))),
  );

  test.each(cases)(
    'uplink of $uplink, lab of $lab, ICMP filtered: $filtered',
    async ({ uplink, lab, filtered }) => {
      const specs = wired.specs(lab);
      await wired.make(...specs);
      await wired.inHost(`ip link set eth0 mtu ${uplink}`);
      await wired.inOutside(`ip link set eth0 mtu ${uplink}`);
      if (filtered) {
        await wired.nft(
          'table ip quiet {\nchain output {\ntype filter hook output priority 0;\nicmp type destination-unreachable drop\n}\n}\n',
        );
      }
      try {
        expect(await wired.transfer()).toBe('1000000');
      } finally {
        if (filtered) await wired.nft('delete table ip quiet');
        await wired.remove(...specs);
        await wired.inHost('ip link set eth0 mtu 1500');
        await wired.inOutside('ip link set eth0 mtu 1500');
      }
    },
  );
});

describe('an uplink without a gateway, as of a VPN', () => {
  let tunnel: Tunnel;

  beforeAll(async () => {
    tunnel = await openTunnel(wired.host, wired.outside);
    for (const [run, near, far] of [
      [wired.inHost, '10.9.0.2', '10.9.0.1'],
      [wired.inOutside, '10.9.0.1', '10.9.0.2'],
    ] as const) {
      await run(`ip address add ${near} peer ${far} dev tun9`);
      await run('ip link set dev tun9 mtu 1420 up');
    }
  });

  afterAll(() => tunnel.close());

  test.each([
    [
      'as the default route',
      ['ip route replace default dev tun9'],
      ['ip route replace default via 198.51.100.1'],
    ],
    [
      'as the two halves of one',
      ['ip route add 0.0.0.0/1 dev tun9', 'ip route add 128.0.0.0/1 dev tun9'],
      ['ip route delete 0.0.0.0/1', 'ip route delete 128.0.0.0/1'],
    ],
    [
      'in a table of its own',
      [
        'ip route add default dev tun9 table 51',
        'ip rule add not fwmark 51 table 51',
        'ip rule add table main suppress_prefixlength 0',
      ],
      [
        'ip rule delete table main suppress_prefixlength 0',
        'ip rule delete not fwmark 51 table 51',
        'ip route flush table 51',
      ],
    ],
  ])('%s: found, and a lab works through it', async (_, come, go) => {
    for (const line of come) await wired.inHost(line);
    const uplink = await readUplink(inside(wired.host));
    expect(uplink).toEqual({ name: 'tun9', gateway: '', mtu: 1420 });
    const specs = wired.specs(1420, 'tun9').map((spec) =>
      spec.kind === 'firewall'
        ? {
            ...spec,
            isolation: { networks: ['10.0.0.0/8', '192.168.0.0/16'], resolvers: ['10.9.0.1'], gateway: '' },
          }
        : spec,
    );
    await wired.make(...specs);
    try {
      expect(await wired.transfer()).toBe('1000000');
      await expect(wired.inGuest('ping -n -q -c 1 -w 1 10.9.0.1')).rejects.toThrow();
    } finally {
      await wired.remove(...specs);
      for (const line of go) await wired.inHost(line);
    }
  });
});

test('where a packet to the internet cannot go, there is no uplink', async () => {
  await wired.inHost('ip route delete default');
  expect(await readUplink(inside(wired.host))).toBeUndefined();
  await wired.inHost('ip route add unreachable default');
  expect(await readUplink(inside(wired.host))).toBeUndefined();
  await wired.inHost('ip route delete unreachable default');
  await wired.inHost('ip route add default via 198.51.100.1');
  expect(await readUplink(inside(wired.host))).toEqual({ name: 'eth0', gateway: '198.51.100.1', mtu: 1500 });
});

describe('the bridge', () => {
  const specs = () => wired.specs(1500);
  const mac = async () => JSON.parse(await wired.inHost('ip -json link show dev br0'))[0].address;

  afterEach(() => wired.remove(...specs()));

  test('lets the first packet of a new port pass at once', async () => {
    await wired.make(...specs());
    const [bridge, port] = specs();
    if (bridge === undefined || port === undefined) throw new Error('no wiring');
    await wired.remove(port);
    await wired.make(port);
    const started = performance.now();
    // The ten asked for within a second: with spanning tree none of them would be answered.
    const said = await wired.inGuest('ping -n -c 1 -i 0.1 -w 1 192.168.6.10');
    expect(performance.now() - started).toBeLessThan(500);
    expect(said).toContain('icmp_seq=1 ');
  });

  test('keeps its MAC while ten taps come and go', async () => {
    await wired.make(...specs());
    const taps = Array.from({ length: 10 }, (_, index) => ({
      kind: 'tap' as const,
      id: `tap:vm${index}`,
      lab: 'lab',
      name: `tap${index}`,
      bridge: 'br0',
      uid: 1_900_000_000,
      mtu: 1500,
      namespace: wired.host,
    }));
    const seen = [await mac()];
    for (const change of [tap.create, tap.remove] as const) {
      for (const one of taps) {
        for (const action of change(one)) await perform(action, { host: localHost() });
        seen.push(await mac());
      }
    }
    expect(new Set(seen)).toEqual(new Set(['02:00:00:00:00:10']));
    expect(seen).toHaveLength(21);
  });
});

test('strict reverse path filtering beside routing rules is seen, and its drops are counted', async () => {
  const view = inside(wired.host);
  const specs = wired.specs(1500);
  expect(await readStrictReversePath(view, 'eth0')).toBe(false);
  await wired.inHost('sysctl -qw net.ipv4.conf.eth0.rp_filter=1');
  expect(await readStrictReversePath(view, 'eth0')).toBe(false);
  await wired.inHost('ip rule add to 198.18.0.0/15 lookup 77');
  expect(await readStrictReversePath(view, 'eth0')).toBe(true);
  await wired.inHost('sysctl -qw net.ipv4.conf.all.rp_filter=2');
  expect(await readStrictReversePath(view, 'eth0')).toBe(false);
  await wired.inHost('sysctl -qw net.ipv4.conf.all.rp_filter=0');
  // A second uplink for marked packets: unmarked ones, and so the way back to those who answer, take another.
  await wired.make(...specs);
  await wired.inHost('ip route add default via 198.51.100.1 table 77');
  await wired.inHost('ip rule add fwmark 5 lookup 77');
  await wired.inHost(`ip route add ${server} dev br0`);
  await wired.nft(
    'table ip marks {\nchain pre {\ntype filter hook prerouting priority -150;\niifname "br0" meta mark set 5\n}\n}\n',
  );
  const before = await readReversePathDrops(view);
  await expect(wired.inGuest(`ping -n -q -c 1 -w 1 ${server}`)).rejects.toThrow();
  expect(await readReversePathDrops(view)).toBeGreaterThan(before);
  await wired.remove(...specs);
});
