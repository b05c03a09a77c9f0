/** What the canary's tries say, with what the kernel told of their packets. */
import { expect, test } from 'vitest';
import { judge } from '../../../src/canary/judge.ts';
import type { Tried } from '../../../src/canary/outcome.ts';
import { labOfSize } from '../../../src/lab/validate.ts';
import type { Traced } from '../../../src/netfilter/trace-lines.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { lastChains } from '../../../src/resource/trace.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { planOfSize } from '../../fakes/plans.ts';

const plan = planOfSize(1, false);
const port = plan.network.target.port;
const sent: Traced = {
  protocol: 'tcp',
  saddr: '192.168.6.1',
  daddr: '203.0.113.9',
  ports: [0, port],
  chains: [`ip ${plan.canary.trace.table} ${lastChains.postrouting}`],
  drop: undefined,
};

test.each([
  [
    { saidNo: true },
    '203.0.113.9 port 80 does so; the packets left this host, and the refusal came from outside it',
  ],
  [{}, '203.0.113.9 port 80 does so; the packets left this host, and nobody answered'],
])('what left this host is a warning, and says whether anybody answered: %o', async (more, warning) => {
  const tried: Tried = {
    to: 'outside',
    id: 'tcp',
    ok: false,
    reason: '203.0.113.9 port 80 does so',
    ...more,
  };
  const evidence = { plan, tried: [tried], traced: [sent], reversePathDrops: 0 };
  expect(await judge(evidence, new MemoryHost())).toEqual([warning]);
});

test('a resolver that knows no address has answered, wherever it is: that is all that is said', async () => {
  const reason = 'deb.debian.org does not exist, says 192.168.6.10';
  const tried: Tried = { to: 'outside', id: 'name', ok: false, saidNo: true, reason };
  const evidence = { plan, tried: [tried], traced: [], reversePathDrops: 0 };
  expect(await judge(evidence, new MemoryHost())).toEqual([reason]);
});

test('a resolver of this host itself that nobody answers at ends the run, with the line to write', async () => {
  const reason = 'www.lab.test is not looked up: no program answers questions there, says 10.0.3.1';
  const tried: Tried = { to: 'outside', id: 'name', ok: false, saidNo: true, noResolver: true, reason };
  const own = planLab({
    lab: labOfSize(1, { sandbox: false }),
    facts: { ...facts, addresses: ['10.0.3.1'], resolvers: ['10.0.3.1'] },
    roots,
    date: 0,
  });
  const judged = (of: Plan) =>
    judge({ plan: of, tried: [tried], traced: [], reversePathDrops: 0 }, new MemoryHost());
  await expect(judged(own)).rejects.toMatchObject({
    code: 'host-cannot',
    message: expect.stringContaining('10.0.3.1 is this host itself'),
    hint: expect.stringContaining('networks: [{dns: [ADDRESS]}]'),
  });
  expect(await judged(plan)).toEqual([reason]);
});
