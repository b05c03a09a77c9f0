/** Every call that destroy makes fails once, in every way; destroying again leaves no trace. */
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { everyFault, type Fault, faultCases, faultsOf } from '../fakes/every-fault.ts';
import { destroy, newRun, provision, type Style } from '../fakes/lab-run.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

describe.each(faultCases)('destroy of $title fails at every call', ({ plan, style }) => {
  test('a second one leaves the host as it was', async () => {
    await everyFault(await faultsOfDestroy(plan, style), async ({ n, mode }) => {
      const world = trappedWorld();
      const before = world.snapshot();
      await provision(plan, newRun(world), style);
      await destroy(plan.lab, newRun(world).failAt(n, mode), style).catch(() => {});
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });

  test('the host reboots: a second one leaves it as it was', async () => {
    await everyFault(await faultsOfDestroy(plan, style), async ({ n, mode }) => {
      const world = trappedWorld();
      const before = world.snapshot();
      await provision(plan, newRun(world), style);
      await destroy(plan.lab, newRun(world).failAt(n, mode), style).catch(() => {});
      reboot(world);
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });
});

async function destroyWhole(plan: Plan, world: World, style: Style): Promise<void> {
  const undone = await destroy(plan.lab, newRun(world), style);
  expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
}

async function faultsOfDestroy(plan: Plan, style: Style): Promise<readonly Fault[]> {
  const world = trappedWorld();
  await provision(plan, newRun(world), style);
  const host = newRun(world);
  await destroy(plan.lab, host, style);
  return faultsOf(host.faults.calls);
}
