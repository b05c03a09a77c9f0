/** The canary on a memory host: every call that it makes fails once, in every way; nothing of it stays. */
import { describe, expect, test } from 'vitest';
import { flyCanary } from '../../src/canary/canary.ts';
import { applyOne } from '../../src/engine/apply.ts';
import { startsMachines } from '../../src/plan/plan.ts';
import { everyFault, faultsOf } from '../fakes/every-fault.ts';
import { destroy, newRun, openRun, provision } from '../fakes/lab-run.ts';
import { planOfSize } from '../fakes/plans.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const plan = planOfSize(2, true);

/** All but the machines. */
async function wired(): Promise<World> {
  const world = trappedWorld();
  await provision({ ...plan, stages: plan.stages.filter((stage) => !startsMachines(stage)) }, newRun(world));
  return world;
}

const made = await wired();
const clean = trappedWorld().snapshot();

const withoutJournal = (world: World) => {
  const { files, ...rest } = world.snapshot();
  const kept = Object.entries(files).filter(([path]) => !path.endsWith('.jsonl'));
  return { ...rest, files: Object.fromEntries(kept) };
};

test('comes, tries and goes', async () => {
  const world = made.copy();
  const host = newRun(world);
  const { skipped, tried } = await flyCanary(plan, await openRun(plan.lab, host));
  expect([skipped, tried.length, tried.every(({ ok }) => ok)]).toEqual([false, 3, true]);
  expect(withoutJournal(world)).toEqual(withoutJournal(made));
  const commands = host.faults.calls.map(({ what }) => what);
  expect(commands.some((what) => what.includes('link add dev labnet-'))).toBe(true);
});

test('stays away where a VM runs', async () => {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  const host = newRun(world);
  expect((await flyCanary(plan, await openRun(plan.lab, host))).skipped).toBe(true);
  expect(host.faults.calls.filter(({ reads }) => !reads)).toEqual([]);
});

describe('fails at every call', async () => {
  const healthy = newRun(made.copy());
  await flyCanary(plan, await openRun(plan.lab, healthy));
  const faults = faultsOf(healthy.faults.calls);

  test.each([
    ['destroy leaves the host as it was', async (_: World) => {}],
    ['the host reboots, and destroy leaves it as it was', async (world: World) => reboot(world)],
    [
      'it flies again, and destroy leaves the host as it was',
      async (world: World) => {
        const again = await flyCanary(plan, await openRun(plan.lab, newRun(world)));
        expect(again.tried.every(({ ok }) => ok)).toBe(true);
      },
    ],
    [
      'the machines are started, and destroy leaves the host as it was',
      async (world: World) => {
        const run = await openRun(plan.lab, newRun(world));
        for (const stage of plan.stages.filter(startsMachines))
          for (const spec of stage.specs) await applyOne(spec, run);
      },
    ],
  ])('%s', async (_, then) => {
    await everyFault(faults, async ({ n, mode }) => {
      const world = made.copy();
      const run = await openRun(plan.lab, newRun(world).failAt(n, mode));
      await flyCanary(plan, run).catch(() => {});
      await then(world);
      const undone = await destroy(plan.lab, newRun(world));
      expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
      expect(world.snapshot()).toEqual(clean);
    });
  });
});
