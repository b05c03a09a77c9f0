/** A VM that is started again under TCG: the journal undoes what is there at each moment. */
import { expect, test } from 'vitest';
import { remakeOne } from '../../src/engine/remake.ts';
import { labOfSize } from '../../src/lab/validate.ts';
import { machineOf, underTcg } from '../../src/plan/accelerator.ts';
import { planLab } from '../../src/plan/plan-lab.ts';
import { everyFault, faultsOf } from '../fakes/every-fault.ts';
import { facts, roots } from '../fakes/facts.ts';
import { destroy, newRun, openRun, provision } from '../fakes/lab-run.ts';
import type { MemoryHost } from '../fakes/memory-host.ts';
import { trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const kvm = { ...facts, accelerator: 'kvm', kvmGroup: 104 } as const;
const date = 1_700_000_000;
const lab = labOfSize(2, { sandbox: false });
const plan = planLab({ lab, facts: kvm, roots, date });
const spec = underTcg(machineOf('vm1', plan));

async function remake(host: MemoryHost): Promise<void> {
  await remakeOne(spec, await openRun(plan.lab, host));
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
