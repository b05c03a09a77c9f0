/** A lab whose host goes another way by now: what guests would miss is named, and the plan follows it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLab } from '../../../src/lab/validate.ts';
import { type Plan, specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { followWayOut, type WayOut } from '../../../src/plan/way-out.ts';
import { firewallChains } from '../../../src/resource/firewall-rules.ts';
import { facts, roots } from '../../fakes/facts.ts';

function made(network = '{}', now: Partial<WayOut> = {}): Plan {
  const read = parseLab(`name: lab\nnetworks: [${network}]\nvms: {vm1: }\n`, 'lab.yaml', { sandbox: false });
  if (!read.ok) throw new Error('no lab');
  return planLab({ lab: read.lab, facts: { ...facts, ...now }, roots, date: 0 });
}

function rulesOf(plan: Plan): string {
  const spec = specsOf(plan).find((one) => one.kind === 'firewall');
  if (spec === undefined) throw new Error('no rules');
  return firewallChains(spec);
}

const links = ['eth0', 'wlan0', 'tun0'].map((name) => ({ name, others: [] }));
const wifi = {
  ...facts,
  uplink: { name: 'wlan0', gateway: '198.51.100.1', mtu: 1500 },
  ways: ['wlan0'],
  localNetworks: ['198.51.100.0/24'],
  links,
};

test('a host as it was: nothing differs, and the plan is the very same', () => {
  const plan = made();
  expect(followWayOut(plan, facts)).toEqual({ plan, differences: [] });
});

describe('a route that gives the host’s own packets another address than masquerade would', () => {
  const sources = [
    { link: 'eth0', to: '192.0.2.0/24' },
    { link: 'eth0', address: '203.0.113.9' },
    { link: 'eth9', address: '203.0.113.10' },
  ];

  test('gives it to those of guests', () => {
    const rules = rulesOf(made('{}', { sources }));
    const lines = rules.split('\n').filter((line) => /masquerade|snat/.test(line));
    expect(lines.map((line) => line.trim())).toEqual([
      'ip saddr 192.168.6.0/24 ip daddr 192.0.2.0/24 oifname "eth0" masquerade',
      'ip saddr 192.168.6.0/24 oifname "eth0" snat ip to 203.0.113.9',
      'ip saddr 192.168.6.0/24 oifname "eth0" masquerade',
    ]);
  });

  test('that comes later, or goes, is named and followed', () => {
    const { plan, differences } = followWayOut(made(), { ...facts, sources });
    expect(differences).toEqual([
      "this host's own packets have another address by eth0 now (its own to 192.0.2.0/24, 203.0.113.9), not those of its guests",
    ]);
    expect(rulesOf(plan)).toBe(rulesOf(made('{}', { sources })));
    const back = followWayOut(plan, facts);
    expect(back.differences).toHaveLength(1);
    expect(rulesOf(back.plan)).toBe(rulesOf(made()));
  });
});

test('another router behind the same link is named, and asked from then on', () => {
  const now = { ...facts, uplink: { ...facts.uplink, name: 'eth0', gateway: '192.0.2.254', mtu: 1500 } };
  const { plan, differences } = followWayOut(made(), now);
  expect(differences).toEqual(['the router of eth0 is 192.0.2.254 now, not 192.0.2.1']);
  expect(plan.network.uplink?.gateway).toBe('192.0.2.254');
  expect(rulesOf(plan)).toEqual(rulesOf(made()));
  expect(followWayOut(plan, now).differences).toEqual([]);
  expect(followWayOut(made('{uplink: eth0}'), now).differences).toEqual([]);
});

describe('from cable to Wi-Fi', () => {
  const { plan, differences } = followWayOut(made(), wifi);

  test('is named', () => {
    expect(differences).toEqual(['this host goes out by wlan0 now, its guests only by eth0']);
  });

  test('the guests follow, and may go back', () => {
    expect(rulesOf(plan)).toContain('oifname { "wlan0", "eth0" } masquerade');
    expect(specsOf(plan).find(({ kind }) => kind === 'forwarding')).toMatchObject({
      uplink: 'wlan0',
      ways: ['eth0'],
    });
    expect(plan.network.uplink).toEqual({ name: 'wlan0', gateway: '198.51.100.1' });
    expect(plan.canary.tries.find(({ to }) => to === 'gateway')?.argv.at(-1)).toBe('198.51.100.1');
    expect(followWayOut(plan, facts).differences).toEqual([]);
  });

  test('a card that was pulled out is let go', () => {
    const gone = { ...wifi, links: links.filter(({ name }) => name !== 'eth0') };
    expect(rulesOf(followWayOut(made(), gone).plan)).toContain('oifname "wlan0" masquerade');
  });

  test('one that was a way and has gone is named, and let go', () => {
    const both = { ...facts, ways: ['eth0', 'tun0'], links };
    const lab = made('{}', both);
    const now = { ...facts, links: links.filter(({ name }) => name !== 'tun0') };
    const { plan, differences } = followWayOut(lab, now);
    expect(differences).toEqual(['tun0, by which guests could go, is not there any more']);
    expect(rulesOf(plan)).toContain('oifname "eth0" masquerade');
    expect(specsOf(plan).find(({ kind }) => kind === 'forwarding')).not.toHaveProperty('ways');
    expect(followWayOut(plan, now).differences).toEqual([]);
  });

  test('but not from the one that the lab file names, and not without NAT', () => {
    expect(followWayOut(made('{uplink: eth0}'), wifi).differences).toEqual([]);
    expect(followWayOut(made('{nat: false}'), wifi).differences).toEqual([]);
  });

  test('a lab that is kept off the networks near it is kept off the new ones', () => {
    const there = { ...wifi, localNetworks: ['203.0.113.0/24'] };
    const { plan: guarded, differences: found } = followWayOut(made('{isolate: lan}'), there);
    expect(found).toContainEqual(
      expect.stringContaining('203.0.113.0/24 now, and its guests are not kept off'),
    );
    expect(rulesOf(guarded)).toMatch(/ip daddr \{ .*203\.0\.113\.0\/24.* \} drop/);
    expect(rulesOf(guarded)).toContain('ip daddr 198.51.100.1 icmp type echo-request accept');
  });
});

test('a lab that was made without a way out is told that there is one; it cannot be given to it', () => {
  const offline = made('{}', { uplink: null, ways: [] });
  expect(followWayOut(offline, { ...facts, uplink: null })).toEqual({ plan: offline, differences: [] });
  expect(followWayOut(offline, wifi)).toEqual({
    plan: offline,
    differences: [],
    lacking: 'this host goes out by wlan0 now, and had no way out when the lab was made',
  });
  expect(followWayOut(made('{nat: false}', { uplink: null, ways: [] }), wifi)).toMatchObject({
    differences: [],
  });
  expect(followWayOut(made('{nat: false}', { uplink: null, ways: [] }), wifi).lacking).toBeUndefined();
});

test('a VPN that has come is a way more', () => {
  const vpn = { ...facts, ways: ['eth0', 'tun0'], links };
  const { plan, differences } = followWayOut(made(), vpn);
  expect(differences).toEqual(['this host goes by tun0 too, its guests only by eth0']);
  expect(rulesOf(plan)).toContain('oifname { "eth0", "tun0" } masquerade');
});

test('a host that is off the net for the moment has changed nothing', () => {
  expect(followWayOut(made(), { ...facts, uplink: null, ways: [], resolvers: [] }).differences).toEqual([]);
});

describe('other resolvers', () => {
  const elsewhere = { ...facts, resolvers: ['198.51.100.53'] };

  test('are asked in the place of those that the guests were told of', () => {
    const { plan, differences } = followWayOut(made(), elsewhere);
    expect(differences).toEqual(['this host asks 198.51.100.53 for names now, its guests 192.0.2.53']);
    expect(rulesOf(plan)).toContain(
      'iifname "br0" ip daddr 192.0.2.53 meta l4proto { tcp, udp } th dport 53 dnat ip to 198.51.100.53',
    );
    expect(plan.network.resolvers).toEqual(['192.0.2.53']);
    expect(followWayOut(plan, elsewhere).differences).toEqual([]);
  });

  test('all that each asks are named, in their order, which alone makes no difference', () => {
    const lab = made('{}', { resolvers: ['192.0.2.53', '192.0.2.54'] });
    const other = { ...facts, resolvers: ['198.51.100.53', '192.0.2.53'] };
    expect(followWayOut(lab, other).differences).toEqual([
      'this host asks 198.51.100.53, 192.0.2.53 for names now, its guests 192.0.2.53, 192.0.2.54',
    ]);
    const turned = { ...facts, resolvers: ['192.0.2.54', '192.0.2.53'] };
    expect(followWayOut(lab, turned)).toEqual({ plan: lab, differences: [] });
  });

  test('and the first ones again, when these are back', () => {
    const { plan } = followWayOut(made(), elsewhere);
    const back = followWayOut(plan, facts);
    expect(back.differences).toHaveLength(1);
    expect(rulesOf(back.plan)).not.toContain('dnat');
  });

  test('one that is the host itself is let through', () => {
    const own = { ...facts, resolvers: ['192.0.2.2'] };
    expect(rulesOf(followWayOut(made(), own).plan)).toMatch(/ip daddr 192\.0\.2\.2 meta l4proto .* accept/);
  });

  test('but those that the lab file names stay', () => {
    expect(followWayOut(made('{dns: [192.0.2.99]}'), elsewhere).differences).toEqual([]);
  });
});

test('whatever the host changes to, a lab that has followed misses nothing', () => {
  const names = ['eth0', 'wlan0', 'tun0', 'wwan0'];
  const now = fc
    .record({
      ways: fc.subarray(names, { minLength: 1 }),
      resolvers: fc.subarray(['192.0.2.53', '198.51.100.53', '203.0.113.53', '192.0.2.2'], { minLength: 1 }),
      localNetworks: fc.subarray(['192.0.2.0/24', '198.51.100.0/24', '10.3.0.0/16']),
      sources: fc.subarray(names),
    })
    .map((one): WayOut => {
      const [name = ''] = one.ways;
      return {
        ...one,
        sources: one.sources.map((link) => ({ link, address: '192.0.2.2' })),
        uplink: { name, gateway: '192.0.2.1', mtu: 1500 },
        addresses: ['192.0.2.2'],
        links: names.map((each) => ({ name: each, others: [] })),
      };
    });
  fc.assert(
    fc.property(now, now, now, fc.constantFrom('{}', '{isolate: lan}'), (first, second, third, network) => {
      let plan = made(network, first);
      for (const one of [second, third]) {
        plan = followWayOut(plan, one).plan;
        expect(followWayOut(plan, one)).toEqual({ plan, differences: [] });
      }
    }),
  );
});
