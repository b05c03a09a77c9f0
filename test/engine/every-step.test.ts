/** Every call that labnet makes fails once, in every way; what is undone afterwards leaves no trace. */
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { FaultMode } from '../fakes/faults.ts';
import { destroy, newRun, provision, type Style } from '../fakes/lab-run.ts';
import { planOfSize, planOfText } from '../fakes/plans.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

export interface Fault {
  readonly n: number;
  readonly mode: FaultMode;
  readonly what: string;
}

const modes: readonly FaultMode[] = ['before', 'after', 'false-success', 'dead', 'dead-after', 'torn'];

/** The faults that can happen to a run: each of its calls in each mode that means something for it. */
function faultsOf(calls: readonly { what: string; method: string; reads: boolean }[]): readonly Fault[] {
  return calls.flatMap(({ what, method, reads }, index) =>
    modes
      // A look that fails has no effect to have or not to have.
      .filter((mode) => !reads || mode === 'before' || mode === 'dead')
      // A disk that lies about what it has written cannot be survived; a program that does can.
      .filter((mode) => mode !== 'false-success' || (method !== 'append' && method !== 'write'))
      .filter((mode) => mode !== 'torn' || method === 'append')
      .map((mode) => ({ n: index + 1, mode, what })),
  );
}

const plans = {
  '1 VM': planOfSize(1, false),
  '2 VMs': planOfSize(2, false),
  '1 VM in a sandbox': planOfSize(1, true),
  '2 VMs in a sandbox': planOfSize(2, true),
  '1 VM, global forwarding': planOfText('host: {forwarding: global}\nvms: {vm1: }\n'),
};

const cases = Object.entries(plans).flatMap(([title, plan]) =>
  (['sequential', 'side by side'] as const).map((style) => ({ title, plan, style })),
);

describe.each(cases)('$title, $style', ({ plan, style }) => {

  test('provision fails at every call: destroy leaves the host as it was', async () => {
    await everyFault(await provisionCalls(plan, style), async (fault) => {
      const world = trappedWorld();
      const before = world.snapshot();
      await failing(plan, fault, world, style);
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });

  test('provision fails at every call: another one succeeds, and destroy leaves the host as it was', async () => {
    await everyFault(await provisionCalls(plan, style), async (fault) => {
      const world = trappedWorld();
      const before = world.snapshot();
      await failing(plan, fault, world, style);
      await provision(plan, newRun(world), style);
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });

  test('provision fails at every call, then the host reboots: destroy leaves it as it was', async () => {
    await everyFault(await provisionCalls(plan, style), async (fault) => {
      const world = trappedWorld();
      const before = world.snapshot();
      await failing(plan, fault, world, style);
      reboot(world);
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });

  test('destroy fails at every call: a second one leaves the host as it was', async () => {
    await everyFault(await destroyCalls(plan, style), async (fault) => {
      const world = trappedWorld();
      const before = world.snapshot();
      await provision(plan, newRun(world), style);
      await destroy(plan.lab, newRun(world).failAt(fault.n, fault.mode), style).catch(() => {});
      await destroyWhole(plan, world, style);
      expect(world.snapshot()).toEqual(before);
    });
  });
});

/** Runs the trial for each fault, and names the fault of every trial that fails. */
async function everyFault(faults: readonly Fault[], trial: (fault: Fault) => Promise<void>): Promise<void> {
  const failures: string[] = [];
  for (const fault of faults) {
    await trial(fault).catch((error: unknown) => {
      failures.push(`${fault.mode} ${fault.n}: ${fault.what.slice(0, 150)}\n${String(error)}`);
    });
  }
  expect({ trials: faults.length, failed: failures.length, first: failures.slice(0, 3) }).toEqual({
    trials: faults.length,
    failed: 0,
    first: [],
  });
}

async function failing(plan: Plan, { n, mode }: Fault, world: World, style: Style): Promise<void> {
  await provision(plan, newRun(world).failAt(n, mode), style).catch(() => {});
}

async function destroyWhole(plan: Plan, world: World, style: Style): Promise<void> {
  const undone = await destroy(plan.lab, newRun(world), style);
  expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
}

async function provisionCalls(plan: Plan, style: Style): Promise<readonly Fault[]> {
  const host = newRun(trappedWorld());
  await provision(plan, host, style);
  return faultsOf(host.faults.calls);
}

async function destroyCalls(plan: Plan, style: Style): Promise<readonly Fault[]> {
  const world = trappedWorld();
  await provision(plan, newRun(world), style);
  const host = newRun(world);
  await destroy(plan.lab, host, style);
  return faultsOf(host.faults.calls);
}
