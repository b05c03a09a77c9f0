/** Others interfere with a lab; status names it, repair sets it right, and a repair that is killed is undone. */
import { describe, expect, test } from 'vitest';
import { labPaths, vmPaths } from '../../src/paths.ts';
import { specsOf } from '../../src/plan/plan.ts';
import { refuseConflicts } from '../../src/preflight/preflight.ts';
import { everyFault, faultCases, faultsOf } from '../fakes/every-fault.ts';
import { roots } from '../fakes/facts.ts';
import { interferences, linkOf, networkOf, qemuOf } from '../fakes/interferences.ts';
import { adrift, destroy, newRun, openRun, provision, repair } from '../fakes/lab-run.ts';
import { planBesideOthers, planOfSize } from '../fakes/plans.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

test('as a resource is after it was set right stands in the journal: the next look compares with that', async () => {
  const plan = planOfSize(1, false);
  const world = trappedWorld();
  await provision(plan, newRun(world));
  const { journal } = await openRun(plan.lab, newRun(world));
  const made = journal.entries().find(({ spec }) => spec.kind === 'firewall');
  await journal.done(`${made?.id}`, { ...made?.record, chains: [] });
  expect(await adrift(plan, newRun(world))).not.toEqual([]);
  await repair(plan, newRun(world));
  expect(await adrift(plan, newRun(world))).toEqual([]);
});

describe.each(faultCases)('$title', ({ plan, style }) => {
  const begin = async () => {
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world), style);
    return { world, before };
  };

  test('as labnet made it: nothing is adrift, nothing is done', async () => {
    const { world } = await begin();
    const host = newRun(world);
    expect(await adrift(plan, host)).toEqual([]);
    expect(new Set((await repair(plan, host, style)).map(({ outcome }) => outcome))).toEqual(
      new Set(['nothing to do']),
    );
    expect(host.faults.calls.filter(({ reads }) => !reads)).toEqual([]);
  });

  describe.each(interferences)('$title', ({ deed, seen }) => {
    test('is named, and repaired as it was', async () => {
      const { world, before } = await begin();
      const made = withoutJournal(world);
      deed(world, plan);
      const told = await adrift(plan, newRun(world));
      for (const one of seen) expect(told).toContainEqual(expect.stringMatching(one));
      const repaired = await repair(plan, newRun(world), style);
      expect(repaired.filter(({ outcome }) => outcome === 'not repaired')).toEqual([]);
      expect(await adrift(plan, newRun(world))).toEqual([]);
      expect(withoutJournal(world)).toEqual(made);
      await destroyWhole(plan.lab, world, before);
    });

    test('repair fails or is killed at any call: destroy leaves the host as it was, or repair goes on', async () => {
      const { world, before } = await begin();
      deed(world, plan);
      const plain = newRun(world.copy());
      await repair(plan, plain, style);
      await everyFault(faultsOf(plain.faults.calls), async ({ n, mode }) => {
        const halfway = world.copy();
        await repair(plan, newRun(halfway).failAt(n, mode), style).catch(() => {});
        const again = halfway.copy();
        await destroyWhole(plan.lab, halfway, before);
        const repaired = await repair(plan, newRun(again), style);
        expect(repaired.filter(({ outcome }) => outcome === 'not repaired')).toEqual([]);
        expect(await adrift(plan, newRun(again))).toEqual([]);
        await destroyWhole(plan.lab, again, before);
      });
    });
  });

  test('all of them at once, but for what they exclude, are repaired', async () => {
    const { world, before } = await begin();
    const made = withoutJournal(world);
    world.end(qemuOf(world, plan).pid, false);
    world.removeLink(networkOf(world, plan), 'br0');
    world.removeLink(networkOf(world, plan), 'tap0');
    for (const family of ['inet', 'netdev']) networkOf(world, plan).tables.delete(`${family} labnet_lab`);
    await repair(plan, newRun(world), style);
    expect(withoutJournal(world)).toEqual(made);
    await destroyWhole(plan.lab, world, before);
  });

  test('a reboot is repaired like the rest', async () => {
    const { world, before } = await begin();
    reboot(world);
    const repaired = await repair(plan, newRun(world), style);
    expect(repaired.filter(({ outcome }) => outcome === 'not repaired')).toEqual([]);
    expect(await adrift(plan, newRun(world))).toEqual([]);
    await destroyWhole(plan.lab, world, before);
  });
});

test('a namespace that was unmounted while its server runs is named, and so is the cable into it', async () => {
  const plan = planOfSize(1, true);
  const world = trappedWorld();
  await provision(plan, newRun(world));
  world.unmount(`${labPaths(roots, plan.lab).run}/internet.ns`);
  expect(await adrift(plan, newRun(world))).toEqual([
    expect.stringMatching(/^namespace:internet: .* holds no namespace$/),
    'veth:uplink: the namespace of the far end is gone',
  ]);
});

test('a thing that is made again goes without a trace, as if it had been made once', async () => {
  const plan = planBesideOthers();
  const world = trappedWorld();
  const before = world.snapshot();
  await provision(plan, newRun(world));
  // Of the directory that labnet made for the file nobody can tell any longer who made it.
  const file = specsOf(plan).flatMap((spec) => (spec.kind === 'unmanaged' ? [spec.path] : []))[0] ?? '';
  world.files.remove(file);
  expect(await adrift(plan, newRun(world))).toEqual([expect.stringMatching(/^unmanaged:.*: absent$/)]);
  await repair(plan, newRun(world));
  expect(world.files.read(file)).toContain('managed=0');
  await destroyWhole(plan.lab, world, before);
});

describe('what cannot be repaired is explained', () => {
  const plan = planOfSize(1, false);
  const files = vmPaths(roots, plan.lab, 'vm1');

  test('a full disk: the VM stays paused, and goes on once there is room', async () => {
    const world = await made();
    world.full = true;
    qemuOf(world, plan).status = 'io-error';
    const reason = `QEMU does not run the VM: io-error, the file system of ${files.disk} is full; make room there first`;
    expect(await adrift(plan, newRun(world))).toEqual([`machine:vm1: ${reason}`]);
    expect(await outcomeOf('machine:vm1', world)).toMatchObject({
      outcome: 'not repaired',
      reason: expect.stringContaining(reason),
    });
    world.full = false;
    expect(await outcomeOf('machine:vm1', world)).toMatchObject({ outcome: 'repaired' });
    expect(qemuOf(world, plan).status).toBe('running');
  });

  test.each([
    ['overlay:vm1', files.disk, 'what the VM has written'],
    ['password:vm1', files.password, 'the password that the VM knows'],
  ])('%s is gone: it is not made again, since that would not bring it back', async (id, path, loss) => {
    const world = await made();
    world.files.remove(path);
    expect(await outcomeOf(id, world)).toEqual({
      id,
      outcome: 'not repaired',
      reason: `${id} is gone, and with it ${loss}`,
      hint: 'sudo labnet destroy, then provision again',
    });
    expect(world.files.stat(path)).toBeUndefined();
  });

  test('a disk that is another one: what it is, and what to type', async () => {
    const world = await made();
    world.files.write(files.disk, 'no disk', 0o600, plan.guests[0]?.uid ?? 0);
    expect(await outcomeOf('overlay:vm1', world)).toMatchObject({
      outcome: 'not repaired',
      reason: expect.stringContaining('cannot be read as qcow2'),
      hint: expect.stringContaining('labnet destroy'),
    });
  });

  test('the others are repaired all the same', async () => {
    const world = await made();
    world.files.remove(files.password);
    linkOf('tap0', world, plan).master = undefined;
    expect(await outcomeOf('tap:vm1', world)).toMatchObject({ outcome: 'repaired' });
  });

  test('something foreign in the place is refused before the first change', async () => {
    const world = await made();
    world.removeLink(networkOf(world, plan), 'br0');
    networkOf(world, plan).addLink({ name: 'br0', kind: 'bridge' });
    linkOf('tap0', world, plan).up = false;
    const { journal, host } = await openRun(plan.lab, newRun(world));
    await expect(refuseConflicts(plan, journal, host)).rejects.toMatchObject({ code: 'foreign' });
    await expect(repair(plan, newRun(world))).rejects.toMatchObject({ code: 'foreign' });
    expect(networkOf(world, plan).links.get('br0')?.alias).toBeUndefined();
  });

  test('a VM that lost its cable while it was paused is not asked to shut down', async () => {
    const world = await made();
    qemuOf(world, plan).status = 'paused';
    world.removeLink(networkOf(world, plan), 'tap0');
    const host = newRun(world);
    await repair(plan, host);
    expect(host.faults.calls.filter(({ what }) => what.includes('system_powerdown'))).toEqual([]);
    expect(await adrift(plan, newRun(world))).toEqual([]);
  });

  async function made(): Promise<World> {
    const world = trappedWorld();
    await provision(plan, newRun(world));
    return world;
  }

  async function outcomeOf(id: string, world: World) {
    return (await repair(plan, newRun(world))).find((one) => one.id === id);
  }
});

/** All but the journal, which grows. */
function withoutJournal(world: World): object {
  const { files, ...rest } = world.snapshot();
  return { ...rest, files: Object.entries(files).filter(([path]) => !path.endsWith('journal.jsonl')) };
}

async function destroyWhole(lab: string, world: World, before: object): Promise<void> {
  const undone = await destroy(lab, newRun(world));
  expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
  expect(world.snapshot()).toEqual(before);
}
