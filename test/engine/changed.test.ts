import { describe, expect, test } from 'vitest';
import { messageOf } from '../../src/errors.ts';
import { type Guest, type Plan, specsOf } from '../../src/plan/plan.ts';
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

describe('a lab whose file lost its first VM', () => {
  const three = planOfSize(3, false);
  const left = (numbers?: ReadonlyMap<string, number>) => planOfText('vms: {vm2: , vm3: }\n', false, numbers);
  const refused = async (then: Plan) => {
    const context = await openRun(three.lab, newRun(trappedWorld()));
    await apply(three, context, 'sequential');
    try {
      refuseChanged(specsOf(then), context.journal);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };

  test('is refused for what the others were told of it, and for nothing else', async () => {
    const numbers = new Map(three.guests.map(({ name, number }) => [name, number]));
    expect(await refused(left(numbers))).toBe(
      'the lab on this host is another one: seed:vm2, seed:vm3 would change',
    );
    // Taken for a new lab, the others would be other machines.
    expect(await refused(left())).toContain('tap:vm2, tap:vm3');
  });

  test('has the same taps, uids, addresses and rules for the others', () => {
    const numbers = new Map(three.guests.map(({ name, number }) => [name, number]));
    const ofOthers = (plan: Plan) =>
      specsOf(plan).filter(({ vm, kind }) => vm !== undefined && vm !== 'vm1' && kind !== 'seed');
    expect(ofOthers(left(numbers))).toEqual(ofOthers(three));
    const known = ({ name, number, address, mac, uid, uuid }: Guest) => [
      name,
      number,
      address,
      mac,
      uid,
      uuid,
    ];
    expect(left(numbers).guests.map(known)).toEqual(three.guests.slice(1).map(known));
  });
});

test('VMs in another order are the same lab', () => {
  const plan = planOfSize(3, false);
  const numbers = new Map(plan.guests.map(({ name, number }) => [name, number]));
  expect(planOfText('vms: {vm3: , vm1: , vm2: }\n', false, numbers)).toEqual(plan);
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
