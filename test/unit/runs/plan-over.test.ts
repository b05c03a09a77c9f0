/** The plan of a lab over the one of its name on the host, by whoever asks. */
import { expect, test } from 'vitest';
import { labOfSize } from '../../../src/lab/validate.ts';
import { savePlan } from '../../../src/labs/lab-store.ts';
import { planOver, readPriorPlan } from '../../../src/runs/plan-over.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { newRun, openRun, provision } from '../../fakes/lab-run.ts';
import { planOfText } from '../../fakes/plans.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';

const prior = planOfText('vms: {vm2: , vm1: }\n');
const env = { SOURCE_DATE_EPOCH: '1700000000' };

/** A host with a lab whose VMs are not in the order of `--vms`. */
async function hostWithLab() {
  const host = newRun(trappedWorld());
  await provision(prior, host);
  await savePlan(prior, host, roots);
  return host;
}

const numbersOver = (known: typeof prior | undefined) =>
  planOver(known, { lab: labOfSize(3, { sandbox: false }), facts }, { roots, env }).guests.map(
    ({ name, number, address }) => [name, number, address],
  );

test('VMs of a lab on this host keep their numbers, and what follows from them', async () => {
  const found = await readPriorPlan('lab', { host: await hostWithLab(), roots });
  expect(numbersOver(found)).toEqual([
    ['vm2', 0, '192.168.6.1'],
    ['vm1', 1, '192.168.6.2'],
    ['vm3', 2, '192.168.6.3'],
  ]);
});

test('guests are told of the way to ask resolvers that their disks were set up with', () => {
  const over = (now: typeof facts) =>
    planOver(prior, { lab: labOfSize(2, { sandbox: false }), facts: now }, { roots, env }).network;
  expect(over({ ...facts, resolversByTcp: true })).not.toHaveProperty('byTcp');
});

test('a lab of another name is new', async () => {
  const found = await readPriorPlan('other', { host: await hostWithLab(), roots });
  expect(found).toBeUndefined();
  expect(numbersOver(found)).toEqual([
    ['vm1', 0, '192.168.6.1'],
    ['vm2', 1, '192.168.6.2'],
    ['vm3', 2, '192.168.6.3'],
  ]);
});

test('for a user who may not read what root keeps of labs, every lab is new', async () => {
  const host = await hostWithLab();
  host.read = async () => {
    throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
  };
  expect(await readPriorPlan('lab', { host, roots })).toBeUndefined();
});

test('a lab of which nothing was begun, or whose plan is damaged, is new', async () => {
  const host = newRun(trappedWorld());
  await openRun('lab', host);
  await savePlan(prior, host, roots);
  expect(await readPriorPlan('lab', { host, roots })).toBeUndefined();
  const damaged = await hostWithLab();
  await damaged.write('/var/lib/labnet/labs/lab/plan.json', '{', { mode: 0o600 });
  expect(await readPriorPlan('lab', { host: damaged, roots })).toBeUndefined();
});
