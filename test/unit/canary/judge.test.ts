/** What the canary's tries say, with what the kernel told of their packets. */
import { expect, test } from 'vitest';
import { judge, type Tried } from '../../../src/canary/judge.ts';
import type { Traced } from '../../../src/netfilter/trace-lines.ts';
import { lastChains } from '../../../src/resource/trace.ts';
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
