import { describe, expect, test } from 'vitest';
import { refuseConflicts } from '../../src/preflight/preflight.ts';
import { apply, destroy, newRun, openRun, provision } from '../fakes/lab-run.ts';
import { planOfSize, planOfText } from '../fakes/plans.ts';
import { trappedWorld } from '../fakes/trapped-world.ts';

const plan = planOfSize(1, false);

describe('another lab on the host', () => {
  test('two labs side by side come and go without touching each other', async () => {
    const world = trappedWorld();
    const before = world.snapshot();
    const other = otherLab();
    await provision(plan, newRun(world));
    const one = world.snapshot();
    await provision(other, newRun(world));
    await destroy(other.lab, newRun(world));
    expect(world.snapshot()).toEqual(one);
    await destroy(plan.lab, newRun(world));
    expect(world.snapshot()).toEqual(before);
  });

  test('the same bridge name is refused', async () => {
    const world = trappedWorld();
    await provision(plan, newRun(world));
    const context = await openRun('clash', newRun(world));
    const clash = planOfText('name: clash\nvms: {vm1: }\n');
    await expect(refuseConflicts(clash, context.journal, context.host)).rejects.toThrow(/br0/);
    await expect(apply(clash, context, 'sequential')).rejects.toMatchObject({ code: 'foreign' });
  });
});

function otherLab() {
  return planOfText(
    'name: other\nnetworks: [{name: br7, address: 10.7.0.1/24, taps: other}]\nvms: {vm1: , vm2: }\n',
  );
}
