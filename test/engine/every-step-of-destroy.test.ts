/** Every call that destroy makes fails once, in every way; destroying again leaves no trace. */
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { everyFault, type Fault, faultCases, faultsOf } from '../fakes/every-fault.ts';
import { destroy, newRun, provision, type Style } from '../fakes/lab-run.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

describe.each(faultCases)('destroy of $title fails at every call', ({ plan, style }) => {
  test('a second one leaves the host as it was', async () => {
    const { before, made, faults } = await madeLab(plan, style);
    await everyFault(faults, async ({ n, mode }) => {
      const world = made.copy();
      await destroy(plan.lab, newRun(world).failAt(n, mode), style).catch(() => {});
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });

  test('the host reboots: a second one leaves it as it was', async () => {
    const { before, made, faults } = await madeLab(plan, style);
    await everyFault(faults, async ({ n, mode }) => {
      const world = made.copy();
      await destroy(plan.lab, newRun(world).failAt(n, mode), style).catch(() => {});
      reboot(world);
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });

  test('the next provision succeeds, or says that the lab must be destroyed first', async () => {
    const { before, made, faults } = await madeLab(plan, style);
    await everyFault(faults, async ({ n, mode }) => {
      const world = made.copy();
      await destroy(plan.lab, newRun(world).failAt(n, mode), style).catch(() => {});
      const error: unknown = await provision(plan, newRun(world), style).catch((reason: unknown) => reason);
      if (error !== undefined) {
        expect(error).toMatchObject({
          code: 'failed',
          hint: 'sudo labnet repair sets right what can be; otherwise sudo labnet destroy, then provision again',
        });
      }
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });
});

/** A machine with the lab on it, one without, and what can happen to destroy. */
async function madeLab(plan: Plan, style: Style) {
  const made = trappedWorld();
  const before = made.snapshot();
  await provision(plan, newRun(made), style);
  const plain = newRun(made.copy());
  await destroy(plan.lab, plain, style);
  const faults: readonly Fault[] = faultsOf(plain.faults.calls);
  return { before, made, faults };
}

async function destroyWhole(plan: Plan, world: World, style: Style): Promise<void> {
  const undone = await destroy(plan.lab, newRun(world), style);
  expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
}
