/** What Ctrl-C in a provision undoes: what this run has made, and nothing that was there before it. */
import { expect, test } from 'vitest';
import { begunSince, undoOne } from '../../src/engine/destroy.ts';
import { roots } from '../fakes/facts.ts';
import { apply, newRun, openRun, provision } from '../fakes/lab-run.ts';
import { planOfSize } from '../fakes/plans.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const plan = planOfSize(2, true);

/** A provision that makes all it has to make, and is then interrupted. @returns the ids it undoes */
async function interrupted(world: World): Promise<readonly string[]> {
  const context = await openRun(plan.lab, newRun(world));
  const before = context.journal.entries();
  await apply(plan, context, 'side by side');
  const begun = begunSince(before, context.journal);
  for (const entry of begun) await undoOne(entry, context);
  // As the release of the host's lock does.
  await context.host.removeEmptyDirectory(roots.run);
  return begun.map(({ id }) => id);
}

test('nothing, when the lab was whole', async () => {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  const whole = world.snapshot();
  expect(await interrupted(world)).toEqual([]);
  expect(world.snapshot()).toEqual(whole);
});

test('what it made again after a reboot, but not the disks', async () => {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  reboot(world);
  const rebooted = world.snapshot();
  const undone = await interrupted(world);
  expect(undone).toContain('machine:vm1');
  expect(undone).toContain('bridge:br0');
  expect(undone).not.toContain('overlay:vm1');
  expect(withoutJournal(world)).toEqual({ ...rebooted, files: withoutLines(rebooted.files) });
});

test('the one machine that it started again', async () => {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  const [machine] = [...world.processes.values()].filter(({ argv }) => argv.includes('labnet-lab-vm2'));
  world.end(machine?.pid ?? 0, true);
  // With the machine goes the place at which it saw the host.
  world.files.remove('/run/labnet/lab/vm2.view');
  const stopped = withoutJournal(world);
  expect(await interrupted(world)).toEqual(['machine:vm2']);
  expect(withoutJournal(world)).toEqual(stopped);
});

function withoutJournal(world: World) {
  const snapshot = world.snapshot();
  return { ...snapshot, files: withoutLines(snapshot.files) };
}

/** All but the lines of the journal, which grows. */
function withoutLines(files: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('.jsonl')));
}
