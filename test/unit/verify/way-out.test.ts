/** What a ping that nobody answers says of the way out, where something beyond is reached and where nothing is. */
import { expect, test } from 'vitest';
import { labOfSize } from '../../../src/lab/validate.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import type { Probe } from '../../../src/verify/probe.ts';
import { explainWayOut, withoutMute } from '../../../src/verify/way-out.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const planOf = (more: Partial<typeof facts> = {}) =>
  planLab({ lab: labOfSize(1, { sandbox: false }), facts: { ...facts, ...more }, roots, date: 0 });

async function told(
  gateway: Probe['status'],
  name: Probe['status'],
  tcp: Probe['status'],
  plan = planOf(),
  { state = 'FAILED', answers = false } = {},
) {
  const probes = Object.entries({ 'internet-gateway': gateway, 'internet-name': name, 'internet-tcp': tcp });
  const all = probes.map(([id, status]): Probe => ({ id, vm: 'vm1', status, reason: 'so', ms: 0 }));
  const router = { dst: facts.uplink?.gateway, dev: 'eth0', state: [state] };
  const host = partialHost({
    read: async () => '0\n',
    run: async ([program]) => ({
      status: program === 'ping' && !answers ? 1 : 0,
      stdout: JSON.stringify([router]),
      stderr: '',
    }),
  });
  const explained = explainWayOut(await withoutMute(all, plan, host));
  return explained.map(({ status, reason }) => `${status}: ${reason}`);
}

test('a router that answers no ping: what the resolver behind it answers shows the way, and the target alone is blamed', async () => {
  expect(await told('failed', 'passed', 'failed')).toEqual([
    'skipped: so, but what is beyond it is reached',
    'passed: so',
    'failed: so; the first part of the way that fails is the one to the target',
  ]);
});

test('with nothing beyond it reached, the way ends there', async () => {
  expect(await told('failed', 'failed', 'failed')).toEqual(
    Array(3).fill(
      "failed: so; the first part of the way that fails is the one through the host's NAT to the uplink's gateway",
    ),
  );
});

test('a router that is there and answers no ping is not the end of the way: the next hop is', async () => {
  expect(await told('failed', 'failed', 'failed', planOf(), { state: 'REACHABLE' })).toEqual([
    'skipped: so, but it answers this host no more than its guests, and is there: it has told its hardware address',
    'failed: so; the first part of the way that fails is the one to the resolver',
    'failed: so; the first part of the way that fails is the one to the resolver',
  ]);
});

test('a router that answers this host, and not its guests, is where the way ends', async () => {
  const [gateway] = await told('failed', 'failed', 'failed', planOf(), { state: 'REACHABLE', answers: true });
  expect(gateway).toMatch(/^failed: .*the one through the host's NAT to the uplink's gateway$/);
});

test('a resolver that is this host itself shows no way', async () => {
  const own = planOf({ addresses: ['192.0.2.2'], resolvers: ['192.0.2.2'] });
  const [gateway] = await told('failed', 'passed', 'failed', own);
  expect(gateway).toMatch(/^failed: /);
  expect(await told('failed', 'passed', 'passed', own)).toContain(
    'skipped: so, but what is beyond it is reached',
  );
});
