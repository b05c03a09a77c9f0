import { expect, test } from 'vitest';
import { specsOf } from '../../src/plan/plan.ts';
import { refuseChanged, refuseOtherPasswords } from '../../src/preflight/changed.ts';
import { apply, newRun, openRun } from '../fakes/lab-run.ts';
import { partialHost } from '../fakes/partial-host.ts';
import { planOfSize, planOfText } from '../fakes/plans.ts';
import { trappedWorld } from '../fakes/trapped-world.ts';

const plan = planOfSize(2, false);

async function journalOf() {
  const context = await openRun(plan.lab, newRun(trappedWorld()));
  await apply(plan, context, 'sequential');
  return context.journal;
}

test('the same lab is no other one', async () => {
  refuseChanged(specsOf(plan), await journalOf());
});

test('where disks were set up for another lab, keeping them is not advised', async () => {
  const journal = await journalOf();
  expect(() => refuseChanged(specsOf(planOfSize(3, false)), journal)).toThrow(
    expect.objectContaining({ code: 'usage', hint: expect.stringContaining('removes them with it') }),
  );
});

test('where only what is made anew would change, it is', async () => {
  const journal = await journalOf();
  const changed = planOfText('networks: [{taps: cable}]\nvms: {vm1:, vm2:}\n');
  expect(() => refuseChanged(specsOf(changed), journal)).toThrow(
    expect.objectContaining({ code: 'usage', hint: expect.stringContaining('--keep-disks') }),
  );
});

test.each([
  ['the same', 'lesson', false],
  ['gone', undefined, false],
  ['another one', 'lesson 2', true],
])('where the password that the lab file gives is %s on the host: refused? %s', async (_, now, refused) => {
  const specs = specsOf(planOfText('vms: {vm1: {password: lesson}, vm2:}\n'));
  const host = partialHost({ read: async () => now });
  const tried = refuseOtherPasswords(specs, new Map([['vm1.password', 'lesson']]), host);
  if (refused) await expect(tried).rejects.toThrow('another one: password:vm1 would change');
  else await tried;
});
