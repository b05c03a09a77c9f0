/** Every call that provision makes fails once, in every way; what is undone afterwards leaves no trace. */
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { everyFault, type Fault, faultCases, faultsOf } from '../fakes/every-fault.ts';
import {
  apply,
  closeRun,
  destroy,
  newRun,
  openRun,
  provision,
  type Style,
  undoAll,
} from '../fakes/lab-run.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

describe.each(faultCases)('provision of $title fails at every call', ({ plan, style }) => {
  test('destroy leaves the host as it was', async () => {
    await everyFault(await faultsOfProvision(plan, style), async (fault) => {
      const world = trappedWorld();
      const before = world.snapshot();
      await failing(plan, fault, world, style);
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });

  test('undoing it in the same run leaves the host as it was', async () => {
    await everyFault(await faultsOfProvision(plan, style), async (fault) => {
      const world = trappedWorld();
      const before = world.snapshot();
      const host = newRun(world).failAt(fault.n, fault.mode);
      const run = await openRun(plan.lab, host);
      await apply(plan, run, style).catch(() => {});
      // Unless it has been killed: then the next run does the work.
      await undoAll(run, style);
      await closeRun(plan.lab, run).catch(() => {});
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });

  test('another one succeeds, and destroy leaves the host as it was', async () => {
    await everyFault(await faultsOfProvision(plan, style), async (fault) => {
      const world = trappedWorld();
      const before = world.snapshot();
      await failing(plan, fault, world, style);
      await provision(plan, newRun(world), style);
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });

  test('the host reboots: destroy leaves it as it was', async () => {
    await everyFault(await faultsOfProvision(plan, style), async (fault) => {
      const world = trappedWorld();
      const before = world.snapshot();
      await failing(plan, fault, world, style);
      reboot(world);
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });
});

async function failing(plan: Plan, { n, mode }: Fault, world: World, style: Style): Promise<void> {
  await provision(plan, newRun(world).failAt(n, mode), style).catch(() => {});
}

async function destroyWhole(plan: Plan, world: World, style: Style): Promise<void> {
  const undone = await destroy(plan.lab, newRun(world), style);
  expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
}

async function faultsOfProvision(plan: Plan, style: Style): Promise<readonly Fault[]> {
  const host = newRun(trappedWorld());
  await provision(plan, host, style);
  return faultsOf(host.faults.calls);
}
