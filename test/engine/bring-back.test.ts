/** VMs that go back to a saved moment: what they had become goes first, and nothing of it is left beside the old. */
import { expect, test } from 'vitest';
import { bringBack } from '../../src/kept/bring-back.ts';
import { vmPaths } from '../../src/paths.ts';
import { roots } from '../fakes/facts.ts';
import { destroy, newRun, openRun, provision } from '../fakes/lab-run.ts';
import { MemoryHost } from '../fakes/memory-host.ts';
import { planOfText } from '../fakes/plans.ts';
import { trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const plan = planOfText('defaults: {cpus: 1}\nvms: {vm1: , vm2: }\n', true);
const names = plan.guests.map(({ name }) => name);
const diskOf = (name: string) => vmPaths(roots, plan.lab, name).disk;
const pidsOf = (world: World) =>
  [...world.processes.values()].flatMap(({ pid, argv }) => (argv.includes('-accel') ? [pid] : []));

/** A lab whose disks were saved, and then written to. */
async function begin() {
  const world = trappedWorld();
  const before = world.snapshot();
  await provision(plan, newRun(world));
  const saved = names.map((name) => world.files.read(diskOf(name)) ?? '');
  world.files.makeDirectory('/saved', 0o700);
  for (const [index, name] of names.entries()) {
    world.files.write(`/saved/${name}.memory.console`, 'boot\n', 0o600);
    world.files.write(`/saved/${name}.disk`, saved[index] ?? '', 0o600);
    world.files.write(diskOf(name), `${saved[index]} `, 0o600, world.files.stat(diskOf(name))?.uid);
  }
  return { world, before, saved };
}

async function goBack(host: MemoryHost): Promise<ReadonlyMap<string, string>> {
  return bringBack(plan, '/saved', new Set(names), await openRun(plan.lab, host));
}

test('each has its saved disk and a new QEMU, and destroy leaves the host as it was', async () => {
  const { world, before, saved } = await begin();
  const old = pidsOf(world);
  expect(await goBack(newRun(world))).toEqual(new Map());
  expect(names.map((name) => world.files.read(diskOf(name)))).toEqual(saved);
  const now = pidsOf(world);
  expect([now.length, now.filter((pid) => old.includes(pid))]).toEqual([2, []]);
  await destroy(plan.lab, newRun(world));
  world.files.remove('/saved');
  expect(world.snapshot()).toEqual(before);
});

/** A host on which no QEMU takes a saved state. */
class Refusing extends MemoryHost {
  override async qmp(socket: string, command: string): Promise<unknown> {
    if (command !== 'migrate-incoming') return super.qmp(socket, command);
    this.onRefusal();
    throw new Error('QEMU refuses the state');
  }

  onRefusal(): void {}
}

test('where QEMU does not take the state, each boots from its saved disk', async () => {
  const { world, saved } = await begin();
  const booted = await goBack(new Refusing(world));
  expect([...booted]).toEqual(names.map((name) => [name, 'QEMU refuses the state']));
  expect(names.map((name) => world.files.read(diskOf(name)))).toEqual(saved);
  expect(pidsOf(world)).toHaveLength(2);
});

test('one that neither takes the state nor ends is told of, and no second one is started', async () => {
  const { world } = await begin();
  const host = new Refusing(world);
  host.onRefusal = () => {
    for (const process of world.processes.values()) process.deafTo = ['quit', 'SIGTERM', 'SIGKILL'];
  };
  await expect(goBack(host)).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('does not go'),
  });
  expect(pidsOf(world)).toHaveLength(2);
});
