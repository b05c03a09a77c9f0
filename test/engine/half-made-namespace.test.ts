/** A labnet that was killed between the file of a namespace and the namespace leaves a plain file: nothing to enter. */
import { describe, expect, test } from 'vitest';
import { specsOf } from '../../src/plan/plan.ts';
import { refuseFirewalls } from '../../src/preflight/firewalls.ts';
import { typeOf } from '../../src/resource/index.ts';
import { adrift, destroy, newRun, provision } from '../fakes/lab-run.ts';
import { planOfSize } from '../fakes/plans.ts';
import { trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const plan = planOfSize(1, true);

/** Killed as `unshare` is about to make the n-th namespace, from 1. */
async function killedAt(nth: number): Promise<World> {
  const whole = newRun(trappedWorld());
  await provision(plan, whole);
  const calls = whole.faults.calls.map(({ what }) => what);
  const at = calls.indexOf(calls.filter((what) => what.startsWith('run unshare'))[nth - 1] ?? '');
  const world = trappedWorld();
  await expect(provision(plan, newRun(world).failAt(at + 1, 'dead'))).rejects.toThrow();
  return world;
}

describe.each([1, 2])('killed at namespace %i of two', (nth) => {
  test('nothing that was to be in it is there, and looking for it fails nowhere', async () => {
    const host = newRun(await killedAt(nth));
    for (const spec of specsOf(plan)) {
      const { state } = await typeOf(spec).inspect(spec, { host, openIntent: true });
      if ('namespace' in spec || spec.kind === 'veth') expect([spec.id, state]).toEqual([spec.id, 'absent']);
    }
  });

  test('the lab is destroyed without a trace', async () => {
    const before = trappedWorld().snapshot();
    const world = await killedAt(nth);
    const undone = await destroy(plan.lab, newRun(world));
    expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
    expect(world.snapshot()).toEqual(before);
  });

  test('the lab is provisioned, whole', async () => {
    const world = await killedAt(nth);
    await provision(plan, newRun(world));
    expect(await adrift(plan, newRun(world))).toEqual([]);
  });
});

test('no firewall is looked for in what is to be the host, and is not', async () => {
  await expect(refuseFirewalls(plan, newRun(await killedAt(1)))).resolves.toBeUndefined();
});
