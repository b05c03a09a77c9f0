import { describe, expect, test } from 'vitest';
import { specsOf } from '../../src/plan/plan.ts';
import { destroy, newRun, provision } from '../fakes/lab-run.ts';
import { planOfSize } from '../fakes/plans.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';

const cases = [1, 2].flatMap((vms) =>
  [false, true].flatMap((sandbox) =>
    (['sequential', 'side by side'] as const).map((style) => ({ vms, sandbox, style })),
  ),
);

describe.each(cases)('a lab of $vms VMs, sandbox $sandbox, $style', ({ vms, sandbox, style }) => {
  const plan = planOfSize(vms, sandbox);

  test('is made, and destroy leaves the host as it was', async () => {
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world), style);
    expect(world.snapshot()).not.toEqual(before);
    const undone = await destroy(plan.lab, newRun(world), style);
    expect(undone.map(({ outcome }) => outcome)).toEqual(specsOf(plan).map(() => 'removed'));
    expect(world.snapshot()).toEqual(before);
  });

  test('is made once: a second provision changes nothing', async () => {
    const world = trappedWorld();
    await provision(plan, newRun(world), style);
    const made = world.snapshot();
    const second = newRun(world);
    await provision(plan, second, style);
    expect(world.snapshot()).toEqual(made);
    expect(second.faults.calls.filter(({ reads }) => !reads)).toEqual([]);
  });

  test('is destroyed once: a second destroy changes nothing', async () => {
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world), style);
    await destroy(plan.lab, newRun(world), style);
    expect(await destroy(plan.lab, newRun(world), style)).toEqual([]);
    expect(world.snapshot()).toEqual(before);
  });

  test('after a reboot is destroyed, or made again', async () => {
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world), style);
    reboot(world);
    await provision(plan, newRun(world), style);
    reboot(world);
    const undone = await destroy(plan.lab, newRun(world), style);
    expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
    expect(world.snapshot()).toEqual(before);
  });
});
