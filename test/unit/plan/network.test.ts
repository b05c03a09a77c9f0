/** By which links of a host a lab goes out, which resolvers its guests are told of, and what is refused before the first change. */
import { describe, expect, test } from 'vitest';
import type { LabnetError } from '../../../src/errors.ts';
import { parseLab } from '../../../src/lab/validate.ts';
import type { HostFacts } from '../../../src/plan/facts.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { planScript } from '../../../src/report/script.ts';
import { facts, roots } from '../../fakes/facts.ts';

function planned(network: string, changes: Partial<HostFacts> = {}, sandbox = false): Plan {
  const text = `name: lab\nnetworks: [${network}]\nvms: {vm1: }\n`;
  const read = parseLab(text, 'lab.yaml', { sandbox });
  if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join());
  return planLab({ lab: read.lab, facts: { ...facts, ...changes }, roots, date: 0 });
}

function refusal(
  network: string,
  changes: Partial<HostFacts>,
): { message: string; hint: string | undefined } {
  try {
    planned(network, changes);
  } catch (error) {
    const { code, message, hint } = error as LabnetError;
    expect(code).toBe('host-cannot');
    return { message, hint };
  }
  throw new Error('it was planned');
}

const two = {
  ways: ['eth0', 'wlan0', 'tun0'],
  links: ['lo', 'eth0', 'wlan0', 'tun0'].map((name) => ({
    name,
    others: name === 'eth0' ? ['enp0s31f6'] : [],
  })),
};

describe('guests go where the host goes', () => {
  test('by each of its links', () => {
    const script = planScript(planned('{}', two));
    expect(script).toContain('oifname { "eth0", "wlan0", "tun0" } masquerade');
    expect(script).toContain(
      'iifname "br0" oifname { "eth0", "wlan0", "tun0" } ip saddr 192.168.6.0/24 accept',
    );
    for (const name of ['eth0', 'wlan0', 'tun0'])
      expect(script).toContain(`net.ipv4.conf.${name}.forwarding`);
  });

  test.each([
    ['one link', '{}', { ways: ['eth0'] }],
    ['the link that the lab file names', '{uplink: eth0}', two],
    ['its further name', '{uplink: enp0s31f6}', two],
  ])('by %s alone', (_, network, changes) => {
    const script = planScript(planned(network, changes));
    expect(script).toContain('oifname "eth0" masquerade');
    expect(script).not.toContain('wlan0');
  });

  test('a lab without NAT goes nowhere, whatever the host’s links are called', () => {
    const odd = { uplink: { name: 'wg+home', gateway: '', mtu: 1420 }, ways: [] };
    expect(planScript(planned('{nat: false}', odd))).not.toContain('masquerade');
    expect(planScript(planned('{}', odd, true))).not.toContain('wg+home');
    expect(planScript(planned('{uplink: wlan0}', { ...two, ...odd }))).toContain('oifname "wlan0"');
  });
});

describe('is refused before the first change', () => {
  test('an uplink that is not there, with those that are', () => {
    const { message, hint } = refusal('{uplink: eno1}', two);
    expect(message).toBe('networks.uplink is eno1, and this host has no link of that name');
    expect(hint).toContain('eth0, wlan0, tun0');
  });

  test.each(['wg+home', 'x" accept; #', '-x', 'all', ''])('a way out called %j', (name) => {
    const { message } = refusal('{}', { uplink: { name, gateway: '', mtu: 1420 } });
    expect(message).toContain(`is called ${JSON.stringify(name)}`);
  });

  test.each<[string, string[], string]>([
    ['loopback', ['127.0.0.53'], '127.0.0.53 (this host itself)'],
    ['IPv6', ['2001:db8::53', '::1'], '2001:db8::53 (IPv6, which guests do not have)'],
    ['all zeros', ['0.0.0.0'], '0.0.0.0 (this host itself)'],
    ['no addresses', ['203.0.113.80:53', 'a,b'], '203.0.113.80:53 (no address), a,b (no address)'],
    ['none', [], 'none at all'],
  ])('a host whose resolvers no guest can use: %s', (_, otherResolvers, said) => {
    const { message, hint } = refusal('{}', { resolvers: [], otherResolvers });
    expect(message).toContain(said);
    expect(hint).toContain('dns: [');
  });
});

test('a host whose /etc/resolv.conf leads to nothing is told where it leads', () => {
  const missingResolvConf = '/run/resolvconf/resolv.conf';
  expect(refusal('{}', { resolvers: [], missingResolvConf }).message).toBe(
    'this host names no resolver that a guest could use: /etc/resolv.conf points to /run/resolvconf/resolv.conf, which is not there',
  );
});

describe('a host that asks its resolvers by TCP alone', () => {
  const byTcp = { resolversByTcp: true } as const;

  test('has its guests and the canary do so', () => {
    const plan = planned('{}', byTcp);
    expect(planScript(plan)).toContain('nameserver 192.0.2.53\\noptions use-vc\\n');
    expect(plan.canary.tries.at(-1)?.argv.slice(-2)).toEqual(['tcp', '192.0.2.53']);
  });

  test.each([
    ['a host that does not', planned('{}')],
    ['resolvers of the lab file', planned('{dns: [192.0.2.99]}', byTcp)],
    ['a sandbox, which has a resolver of its own', planned('{}', byTcp, true)],
  ])('not with %s', (_, plan) => {
    expect(planScript(plan)).not.toContain('use-vc');
    expect(plan.canary.tries.at(-1)?.argv).not.toContain('tcp');
  });
});

describe('a resolver that is the host itself', () => {
  const own = { addresses: ['192.0.2.2'], resolvers: ['192.0.2.2', '192.0.2.53'] };

  test('is let through to it', () => {
    expect(planScript(planned('{}', own))).toContain(
      'iifname "br0" ip daddr 192.0.2.2 meta l4proto { tcp, udp } th dport 53 accept',
    );
  });

  test('also where the lab file names the bridge', () => {
    expect(planScript(planned('{dns: [192.168.6.10]}'))).toContain('ip daddr 192.168.6.10 meta l4proto');
  });

  test('one elsewhere needs no rule', () => {
    const rules = specsOf(planned('{}')).find((spec) => spec.kind === 'firewall');
    expect(rules).not.toHaveProperty('ownResolvers');
  });
});
