/** A VM that is started again under TCG: the journal undoes what is there at each moment, and no other lab is seen. */
import { describe, expect, test } from 'vitest';
import { asOwned, asStarted, remakeOne } from '../../src/engine/remake.ts';
import { labOfSize, parseLab } from '../../src/lab/validate.ts';
import { machineOf, underTcg } from '../../src/plan/accelerator.ts';
import { type Plan, specsOf } from '../../src/plan/plan.ts';
import { planLab } from '../../src/plan/plan-lab.ts';
import { refuseChanged } from '../../src/preflight/changed.ts';
import { everyFault, faultsOf } from '../fakes/every-fault.ts';
import { facts, roots } from '../fakes/facts.ts';
import { destroy, newRun, openRun, provision } from '../fakes/lab-run.ts';
import type { MemoryHost } from '../fakes/memory-host.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const kvm = { ...facts, accelerator: 'kvm', kvmGroup: 104 } as const;
const date = 1_700_000_000;
const lab = labOfSize(2, { sandbox: false });
const plan = planLab({ lab, facts: kvm, roots, date });
const spec = underTcg(machineOf('vm1', plan));

async function remake(host: MemoryHost): Promise<void> {
  await remakeOne(spec, await openRun(plan.lab, host));
}

async function remadeWorld(): Promise<World> {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  await remake(newRun(world));
  return world;
}

/** The accelerator that each VM's QEMU was started with, and the group it may use. */
function running(world: World) {
  return [...world.processes.values()]
    .filter(({ argv }) => argv.includes('-accel'))
    .map(({ argv }) => [argv[argv.indexOf('-name') + 1], argv[argv.indexOf('-accel') + 1]?.split(',')[0]]);
}

test('the one VM runs under TCG, the other as it was, and destroy leaves the host as it was', async () => {
  const world = trappedWorld();
  const before = world.snapshot();
  await provision(plan, newRun(world));
  await remake(newRun(world));
  expect(running(world).sort()).toEqual([
    ['labnet-lab-vm1', 'tcg'],
    ['labnet-lab-vm2', 'kvm'],
  ]);
  await destroy(plan.lab, newRun(world));
  expect(world.snapshot()).toEqual(before);
});

test('at every call that fails, destroy leaves the host as it was', async () => {
  const made = trappedWorld();
  const before = made.snapshot();
  await provision(plan, newRun(made));
  const plain = newRun(made.copy());
  await remake(plain);
  await everyFault(faultsOf(plain.faults.calls), async ({ n, mode }) => {
    const world = made.copy();
    await remake(newRun(world).failAt(n, mode)).catch(() => {});
    const undone = await destroy(plan.lab, newRun(world));
    expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
    expect(world.snapshot()).toEqual(before);
  });
});

test('a QEMU that does not end is told of, and no second one is started', async () => {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  for (const process of world.processes.values()) process.deafTo = ['quit', 'SIGTERM', 'SIGKILL'];
  await expect(remake(newRun(world))).rejects.toMatchObject({ code: 'failed' });
  expect(running(world).map(([, accelerator]) => accelerator)).toEqual(['kvm', 'kvm']);
});

describe('a later provision', () => {
  test.each([
    ['KVM', plan],
    ['TCG', planLab({ lab, facts, roots, date })],
  ])('whose probe says %s takes the VMs as they run', async (_, planned) => {
    const world = await remadeWorld();
    const { journal } = await openRun(plan.lab, newRun(world));
    const known = asStarted(planned, journal, world.bootId);
    expect(known.guests.map(({ accelerator }) => accelerator)).toEqual(['tcg', 'kvm']);
    refuseChanged(specsOf(known), journal);
    expect(() => refuseChanged(specsOf(planned), journal)).toThrow('would change');
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
    const entry = { id: running.id, boot: world.bootId, spec: running, remembered: {}, removal: [] };
    await journal.intend(entry);
    await journal.done(running.id, { pid: 7 });
    const known = machineOf('vm1', asStarted(planned, journal, world.bootId));
    expect(known).toEqual({ ...running, saved: undefined, clone: undefined });
    refuseChanged([known], journal);
  });

  test('by another admin, or by cron, is of the same lab', async () => {
    const world = trappedWorld();
    await provision(plan, newRun(world));
    const { journal } = await openRun(plan.lab, newRun(world));
    const other = planLab({ lab, facts: { ...kvm, invoker: 0 }, roots, date });
    expect(() => refuseChanged(specsOf(other), journal)).toThrow('would change');
    expect(asOwned(other, journal)).toEqual(plan);
  });

  test('after a reboot follows its own probe', async () => {
    const world = await remadeWorld();
    reboot(world);
    const { journal } = await openRun(plan.lab, newRun(world));
    expect(asStarted(plan, journal, world.bootId)).toEqual(plan);
  });

  test('of another lab is still seen to be one', async () => {
    const world = await remadeWorld();
    const { journal } = await openRun(plan.lab, newRun(world));
    const parsed = parseLab('defaults: {cpus: 1}\nvms: {vm1:, vm2:}\n', 'lab.yaml', { sandbox: false });
    if (!parsed.ok) throw new Error('the lab file of this test is wrong');
    const other = asStarted(planLab({ lab: parsed.lab, facts: kvm, roots, date }), journal, world.bootId);
    expect(() => refuseChanged(specsOf(other), journal)).toThrow('machine:vm1, machine:vm2 would change');
  });
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
  expect(seeds(asOwned(planned(2), journal))).toEqual(seeds(plan));
  // Where the VMs are to know of a third, they are other instances.
  expect(() => refuseChanged(seeds(asOwned(planned(3), journal)), journal)).toThrow('seed:vm1, seed:vm2');
});
