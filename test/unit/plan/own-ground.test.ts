/** Labs of ordinary users: their way out, and what keeps them off the networks near the PC. */
import { expect, test } from 'vitest';
import { labOfSize, parseLab } from '../../../src/lab/validate.ts';
import type { HostFacts } from '../../../src/plan/facts.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { followWayOut } from '../../../src/plan/way-out.ts';
import { facts, roots } from '../../fakes/facts.ts';

const own: HostFacts = { ...facts, ground: 'own', uplinkProgram: 'pasta' };
const planned = (text: string, some: Partial<HostFacts> = {}, sandbox = false) => {
  const parsed = parseLab(text, 'lab.yaml', { sandbox });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  return planLab({ lab: parsed.lab, facts: { ...own, ...some }, roots, date: 1_700_000_000 });
};
const one = 'vms: {vm1: {}}\n';
const kindsOf = (plan: ReturnType<typeof planned>) => specsOf(plan).map(({ kind }) => kind);
const firewallOf = (plan: ReturnType<typeof planned>) =>
  specsOf(plan).find((spec) => spec.kind === 'firewall');

test('a lab is in a namespace, and goes out by a program of the user’s', () => {
  const plan = planned(one);
  expect(plan.namespace).toBe('/run/labnet/lab/host.ns');
  expect(kindsOf(plan)).toEqual(expect.arrayContaining(['namespace', 'uplink']));
  expect(kindsOf(plan)).not.toContain('internet');
  expect(plan.guests[0]?.uid).toBe(0);
  expect(plan.network).toMatchObject({
    uplink: { name: 'eth0', gateway: '192.0.2.1' },
    follows: { uplink: false },
  });
});

test('a sandbox has its own internet, a lab without NAT no way out', () => {
  const sandbox = planLab({ lab: labOfSize(1, { sandbox: true }), facts: own, roots, date: 1 });
  expect(kindsOf(sandbox)).toContain('internet');
  expect(kindsOf(sandbox)).not.toContain('uplink');
  expect(kindsOf(planned(`networks: [{name: br0, nat: false}]\n${one}`))).not.toContain('uplink');
});

test.each([
  ['auto', {}, 'own'],
  ['lan', { isolate: 'lan' }, 'own'],
  ['auto on the PC', {}, 'pc'],
  ['none', { isolate: 'none' }, 'own'],
] as const)('guests are kept off the networks near the PC with isolate: %s', (name, network, ground) => {
  const text = `networks: [${JSON.stringify({ name: 'br0', ...network })}]\n${one}`;
  const isolation = firewallOf(planned(text, { ground }))?.isolation;
  if (name === 'none' || ground === 'pc') expect(isolation).toBeUndefined();
  else expect(isolation?.networks).toContain('192.0.2.0/24');
});

test('without a program to go out by, it is told which, and what works without', () => {
  expect(() => planned(one, { uplinkProgram: null })).toThrow(
    expect.objectContaining({ code: 'host-cannot', hint: expect.stringContaining('apt-get install passt') }),
  );
  expect(() => planned(`networks: [{name: br0, nat: false}]\n${one}`, { uplinkProgram: null })).not.toThrow();
});

test('slirp4netns has a router of its own, and a network that the lab’s must not be', () => {
  expect(planned(one, { uplinkProgram: 'slirp4netns' }).network.uplink?.gateway).toBe('10.0.2.2');
  const within = `networks: [{name: br0, address: 10.0.2.10/24}]\n${one}`;
  expect(() => planned(within, { uplinkProgram: 'slirp4netns' })).toThrow('overlaps 10.0.2.0/24');
  expect(() => planned(within)).not.toThrow();
});

test('who may not ping has no router tried, and is told the line', () => {
  const plan = planned(one, { mayPing: false });
  expect(plan.network.uplink?.gateway).toBe('');
  expect(plan.canary.tries.map(({ to }) => to)).toEqual(['host', 'outside']);
  expect(plan.warnings.join()).toContain("net.ipv4.ping_group_range='0 2147483647'");
  expect(planned(one).warnings.join()).not.toContain('ping');
});

test('when the PC goes another way, a user’s lab goes along by itself', () => {
  const elsewhere = { uplink: { name: 'wlan0', gateway: '203.0.113.1', mtu: 1500 }, ways: ['wlan0'] };
  const now = { ...facts, ...elsewhere, sources: [{ link: 'wlan0', address: '203.0.113.9' }] };
  expect(followWayOut(planned(one), now).differences).toEqual([]);
  expect(followWayOut(planned(one), { ...now, resolvers: ['203.0.113.53'] }).differences).toHaveLength(1);
});
