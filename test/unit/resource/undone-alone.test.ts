/** Each resource takes away all that it has made, by itself: however far its making came, and however it ended. */
import { expect, test } from 'vitest';
import { perform } from '../../../src/action/perform.ts';
import { applyOne } from '../../../src/engine/apply.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import type { DirectorySpec } from '../../../src/resource/directory.ts';
import { type ResourceSpec, typeOf } from '../../../src/resource/index.ts';
import { newRun, openRun } from '../../fakes/lab-run.ts';
import { planBesideOthers, planOfSize, planOfText } from '../../fakes/plans.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';
import type { World } from '../../fakes/world.ts';

const plans = [
  planOfSize(1, true),
  planOfSize(1, false),
  planOfText('host: {forwarding: global}\nvms: {vm1: }\n'),
  planBesideOthers(),
];

/** What the first `count` actions of making it leave, once it is unmade again. */
async function madeAndUnmade(spec: ResourceSpec, count: number, world: World, end: (world: World) => void) {
  const type = typeOf(spec);
  const host = newRun(world);
  const removal = type.remove(spec);
  for (const action of type.create(spec).slice(0, count)) await perform(action, { host });
  end(world);
  // What has never come about cannot be removed: that is no failure.
  for (const action of removal) await perform(action, { host }).catch(() => {});
  return traces(world);
}

/** The logs of a VM stay until its directory goes: they tell why it ended. */
function traces(world: World) {
  const { files, ...rest } = world.snapshot();
  const kept = Object.entries(files).filter(([path]) => !/\/(?:console|qemu)\.log$/.test(path));
  // An address on a sandbox's own loopback goes with its namespace.
  const networks = [...world.namespaces].map(([id, { links, tables }]) => [
    id,
    ...links.keys(),
    ...tables.keys(),
  ]);
  return { files: Object.fromEntries(kept), ...rest, networks };
}

/** How its processes are when it is unmade. */
const ends = {
  'as it is': (_: World, __: readonly number[]) => {},
  'after its processes were killed': (world: World, own: readonly number[]) => {
    for (const pid of own) world.end(pid, false);
  },
};

test.each(Object.entries(ends))('a resource that is unmade, %s, leaves nothing', async (_, end) => {
  for (const plan of plans) {
    const world = trappedWorld();
    // Where NetworkManager runs, it has made this.
    world.files.makeDirectory('/run/NetworkManager', 0o755);
    const context = await openRun(plan.lab, newRun(world));
    for (const spec of [...specsOf(plan), ...plan.canary.specs, plan.canary.trace]) {
      const running = new Set(world.processes.keys());
      for (let count = 1; count <= typeOf(spec).create(spec).length; count += 1) {
        const copy = world.copy();
        const own = (at: World) =>
          end(
            at,
            [...at.processes.keys()].filter((pid) => !running.has(pid)),
          );
        const what = `${spec.id} after ${count} actions`;
        expect({ what, ...(await madeAndUnmade(spec, count, copy, own)) }).toEqual({
          what,
          ...traces(world),
        });
      }
      await applyOne(spec, context);
    }
  }
});

test('a directory takes what running programs have left in it, and nothing else', async () => {
  const directories = plans
    .flatMap(specsOf)
    .filter((spec): spec is DirectorySpec => spec.kind === 'directory');
  for (const spec of directories) {
    const left = async (...names: readonly string[]) => {
      const world = trappedWorld();
      const leave = (at: World) => names.map((name) => at.files.write(`${spec.path}/${name}`, '', 0o600));
      await madeAndUnmade(spec, 1, world, leave);
      return world.files.list(spec.path);
    };
    for (const name of spec.leftovers) expect(await left(name)).toEqual([]);
    expect(await left(...spec.leftovers, 'of-another')).toEqual(['of-another']);
  }
});
