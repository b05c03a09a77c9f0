/** What a later provision makes of a lab that stands: it is as it was made, however the lab would be made today. */
import { describe, expect, test } from 'vitest';
import { asKnown } from '../../src/engine/known.ts';
import { remakeOne } from '../../src/engine/remake.ts';
import { labOfSize, parseLab } from '../../src/lab/validate.ts';
import { machineOf, underTcg } from '../../src/plan/accelerator.ts';
import { mapSpecs, type Plan, specsOf } from '../../src/plan/plan.ts';
import { planLab } from '../../src/plan/plan-lab.ts';
import { refuseChanged } from '../../src/preflight/changed.ts';
import type { ResourceSpec } from '../../src/resource/index.ts';
import { isSameWish } from '../../src/resource/wish.ts';
import { facts, roots } from '../fakes/facts.ts';
import { newRun, openRun, provision } from '../fakes/lab-run.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const kvm = { ...facts, accelerator: 'kvm', kvmGroup: 104 } as const;
const date = 1_700_000_000;
const lab = labOfSize(2, { sandbox: false });
const plan = planLab({ lab, facts: kvm, roots, date });

/** A world in which vm1 runs under TCG and vm2 under KVM. */
async function remadeWorld(): Promise<World> {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  await remakeOne(underTcg(machineOf('vm1', plan)), await openRun(plan.lab, newRun(world)));
  return world;
}

describe('a later provision', () => {
  test.each([
    ['KVM', plan],
    ['TCG', planLab({ lab, facts, roots, date })],
  ])('whose probe says %s takes the VMs as they run', async (_, planned) => {
    const world = await remadeWorld();
    const { journal } = await openRun(plan.lab, newRun(world));
    const known = asKnown(planned, journal, world.bootId);
    expect(known.guests.map(({ accelerator }) => accelerator)).toEqual(['tcg', 'kvm']);
    expect(specsOf(known)).toEqual(specsOf(known).map(({ id }) => journal.find(id)?.spec));
    refuseChanged(specsOf(known), journal);
  });

  test('takes a VM that went on from a template as it runs, whatever its kernel was told about the CPU', async () => {
    const direct = { kernel: '/s/kernel', initrd: '/s/initrd', arguments: 'ro' };
    const image = { name: 'debian-11', path: '/s/1.qcow2', direct };
    const [emulated, planned] = [facts, kvm].map((known) =>
      planLab({ lab, facts: { ...known, image }, roots, date }),
    ) as [Plan, Plan];
    const world = trappedWorld();
    const { journal } = await openRun(plan.lab, newRun(world));
    const clone = { disk: '/t/disk', memory: '/t/memory' };
    const running = { ...machineOf('vm1', emulated), saved: '/t/state', clone };
    const entry = { id: running.id, boot: world.bootId, spec: running, removal: [] };
    await journal.intend(entry);
    await journal.done(running.id, { pid: 7 });
    const known = machineOf('vm1', asKnown(planned, journal, world.bootId));
    expect(known).toEqual({ ...running, saved: undefined, clone: undefined });
    refuseChanged([known], journal);
  });

  test('by another admin, or by cron, is of the same lab', async () => {
    const world = trappedWorld();
    await provision(plan, newRun(world));
    const { journal } = await openRun(plan.lab, newRun(world));
    const other = planLab({ lab, facts: { ...kvm, invoker: 0 }, roots, date });
    expect(specsOf(other)).not.toEqual(specsOf(plan));
    refuseChanged(specsOf(other), journal);
    expect(asKnown(other, journal, world.bootId)).toEqual(plan);
  });

  test('after a reboot follows its own probe', async () => {
    const world = await remadeWorld();
    reboot(world);
    const { journal } = await openRun(plan.lab, newRun(world));
    expect(asKnown(plan, journal, world.bootId)).toEqual(plan);
  });

  test('of another lab is still seen to be one', async () => {
    const world = await remadeWorld();
    const { journal } = await openRun(plan.lab, newRun(world));
    const parsed = parseLab('defaults: {cpus: 1}\nvms: {vm1:, vm2:}\n', 'lab.yaml', { sandbox: false });
    if (!parsed.ok) throw new Error('the lab file of this test is wrong');
    const other = asKnown(planLab({ lab: parsed.lab, facts: kvm, roots, date }), journal, world.bootId);
    expect(() => refuseChanged(specsOf(other), journal)).toThrow('machine:vm1, machine:vm2 would change');
  });
});

describe('one table against spoofing for all VMs, as a labnet before 0.3 made it,', () => {
  const ports = specsOf(plan).flatMap((spec) => (spec.kind === 'anti-spoof' ? spec.ports : []));
  const former = (all = ports): Plan => {
    const [own] = specsOf(plan).filter((spec) => spec.kind === 'anti-spoof');
    if (own === undefined) throw new Error('no table');
    const specs = [{ ...own, id: 'anti-spoof:labnet_lab', vm: undefined, table: 'labnet_lab', ports: all }];
    const isTable = ({ title }: { readonly title: string }) => title === 'Anti-spoofing';
    return { ...plan, stages: plan.stages.map((stage) => (isTable(stage) ? { ...stage, specs } : stage)) };
  };

  test('stays while it stands, and gives way to the VMs’ own after a reboot', async () => {
    const world = trappedWorld();
    await provision(former(), newRun(world));
    const { journal } = await openRun(plan.lab, newRun(world));
    expect(asKnown(plan, journal, world.bootId)).toEqual(former());
    refuseChanged(specsOf(asKnown(plan, journal, world.bootId)), journal);
    reboot(world);
    const later = await openRun(plan.lab, newRun(world));
    expect(asKnown(plan, later.journal, world.bootId)).toEqual(plan);
  });

  test('with other ports is none of this lab', async () => {
    const world = trappedWorld();
    await provision(former(ports.slice(0, 1)), newRun(world));
    const { journal } = await openRun(plan.lab, newRun(world));
    expect(asKnown(plan, journal, world.bootId)).toEqual(plan);
  });
});

test('the same wish in other words makes no other lab: keys in another order, whether there are CPUs for all', async () => {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  const { journal } = await openRun(plan.lab, newRun(world));
  const reworded = mapSpecs(plan, (one) => {
    const spec = Object.fromEntries(Object.entries(one).reverse()) as unknown as ResourceSpec;
    if (spec.kind === 'machine')
      return { ...spec, log: '/elsewhere', command: { ...spec.command, crowded: 'vm' as const } };
    return 'purpose' in spec ? { ...spec, purpose: 'told in another way' } : spec;
  });
  expect(specsOf(reworded)).not.toEqual(specsOf(plan));
  refuseChanged(specsOf(reworded), journal);
  expect(asKnown(reworded, journal, world.bootId)).toEqual(plan);
  reboot(world);
  const machines = (of: Plan) => specsOf(of).filter(({ kind }) => kind === 'machine');
  expect(machines(asKnown(reworded, journal, world.bootId))).toEqual(machines(reworded));
});

test('a seed that another labnet worded in another way makes no other lab of the same instances', async () => {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  const { journal } = await openRun(plan.lab, newRun(world));
  const image = { name: 'debian-11', path: facts.image?.path ?? '/var/lib/labnet/images/debian-11.qcow2' };
  const planned = (size: number) =>
    planLab({
      lab: labOfSize(size, { sandbox: false }),
      facts: { ...kvm, image: { ...image, foreign: true } },
      roots,
      date,
    });
  const seeds = (of: Plan) => specsOf(of).filter(({ kind }) => kind === 'seed');
  expect(seeds(planned(2))).not.toEqual(seeds(plan));
  expect(seeds(asKnown(planned(2), journal, world.bootId))).toEqual(seeds(plan));
  // Where the VMs are to know of a third, they are other instances.
  expect(() => refuseChanged(seeds(asKnown(planned(3), journal, world.bootId)), journal)).toThrow(
    'seed:vm1, seed:vm2',
  );
});

test('where both tell what was asked, the id of before 0.3 decides nothing: it knows fewer keys', async () => {
  const [seed] = specsOf(plan).filter(({ kind }) => kind === 'seed');
  if (seed?.kind !== 'seed') throw new Error('the plan has none');
  const older = {
    ...seed,
    asked: undefined,
    formerId: undefined,
    files: { ...seed.files, metaData: `instance-id: "${seed.formerId}"\n` },
  };
  expect(isSameWish(older, seed)).toBe(true);
  expect(isSameWish(seed, { ...seed, asked: 'other' })).toBe(false);
});
