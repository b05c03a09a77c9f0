/** Several labs hold the same kernel settings: the last one puts back exactly what was there before the first. */
import { describe, expect, test } from 'vitest';
import type { ForwardingSpec } from '../../src/resource/forwarding.ts';
import { everyFault, faultsOf } from '../fakes/every-fault.ts';
import {
  baselines,
  enter,
  forwardingOf,
  leave,
  network,
  scopes,
  spec,
  worldWith,
} from '../fakes/forwarding-labs.ts';
import { newRun } from '../fakes/lab-run.ts';
import { readSetting } from '../fakes/network-settings.ts';
import type { World } from '../fakes/world.ts';

/** Everybody who is in has what it asked for. */
function expectHeld(held: readonly ForwardingSpec[], world: World): void {
  for (const { scope, uplink } of held) {
    if (scope === 'interface') expect(forwardingOf(world, uplink)).toBe('1');
    else expect(readSetting('net.ipv4.ip_forward', network(world))).toBe('1');
  }
}

const orders = [
  '+a +b -a -b',
  '+a +b -b -a',
  '+a -a +b -b',
  '+a +a +b -a -b',
  '+a +b -a +a -b -a',
  '+a -a -a +b -b',
];

describe.each(scopes)('the first lab holds %s forwarding', (first) => {
  describe.each(scopes)('the second one %s', (second) => {
    test.each(orders)('in the order %s', async (order) => {
      for (const baseline of baselines) {
        for (const uplink of ['eth0', 'virbr0']) {
          const labs = { a: spec('a', first), b: spec('b', second, uplink) };
          const world = worldWith(baseline);
          const before = world.snapshot();
          const held = new Set<ForwardingSpec>();
          for (const step of order.split(' ')) {
            const lab = step.endsWith('a') ? labs.a : labs.b;
            if (step.startsWith('+')) {
              await enter(lab, newRun(world));
              held.add(lab);
            } else {
              await leave(lab, newRun(world));
              held.delete(lab);
            }
            expectHeld([...held], world);
          }
          expect({ baseline, uplink, after: world.snapshot() }).toEqual({ baseline, uplink, after: before });
        }
      }
    });

    test('the second one is killed at any call of its entering, and leaves', async () => {
      const [a, b] = [spec('a', first), spec('b', second)];
      const begin = async () => {
        const world = worldWith({ ipForward: '0', redirects: '0', eth0: '0' });
        const before = world.snapshot();
        await enter(a, newRun(world));
        return { world, before };
      };
      const plain = newRun((await begin()).world);
      await enter(b, plain);
      for (const order of [
        [a, b],
        [b, a],
      ]) {
        await everyFault(faultsOf(plain.faults.calls), async ({ n, mode }) => {
          const { world, before } = await begin();
          await enter(b, newRun(world).failAt(n, mode)).catch(() => {});
          expectHeld([a], world);
          for (const lab of order) await leave(lab, newRun(world));
          expect(world.snapshot()).toEqual(before);
        });
      }
    });

    test('one of them is killed at any call of its leaving, and leaves again', async () => {
      const labs = [spec('a', first), spec('b', second)] as const;
      const baseline = { ipForward: '0', redirects: '0', eth0: '0' };
      for (const [early, late] of [labs, [...labs].reverse()] as const) {
        if (early === undefined || late === undefined) throw new Error('two labs');
        const begin = async () => {
          const world = worldWith(baseline);
          const before = world.snapshot();
          for (const lab of labs) await enter(lab, newRun(world));
          return { world, before };
        };
        const plain = newRun((await begin()).world);
        await leave(early, plain);
        const firstCalls = faultsOf(plain.faults.calls);
        const last = newRun(plain.world);
        await leave(late, last);
        const lastCalls = faultsOf(last.faults.calls);
        await everyFault(firstCalls, async ({ n, mode }) => {
          const { world, before } = await begin();
          await leave(early, newRun(world).failAt(n, mode)).catch(() => {});
          expectHeld([late], world);
          await leave(early, newRun(world));
          expectHeld([late], world);
          await leave(late, newRun(world));
          expect(world.snapshot()).toEqual(before);
        });
        await everyFault(lastCalls, async ({ n, mode }) => {
          const { world, before } = await begin();
          await leave(early, newRun(world));
          await leave(late, newRun(world).failAt(n, mode)).catch(() => {});
          await leave(late, newRun(world));
          expect(world.snapshot()).toEqual(before);
        });
        await everyFault(lastCalls, async ({ n, mode }) => {
          // Another lab comes before the killed one leaves again.
          const { world, before } = await begin();
          await leave(early, newRun(world));
          await leave(late, newRun(world).failAt(n, mode)).catch(() => {});
          await enter(early, newRun(world));
          await leave(late, newRun(world));
          expectHeld([early], world);
          await leave(early, newRun(world));
          expect(world.snapshot()).toEqual(before);
        });
      }
    });
  });
});
