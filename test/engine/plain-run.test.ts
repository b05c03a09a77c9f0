import { describe, expect, test } from 'vitest';
import { vmPaths } from '../../src/paths.ts';
import { specsOf } from '../../src/plan/plan.ts';
import { roots } from '../fakes/facts.ts';
import { linkOf, networkOf } from '../fakes/interferences.ts';
import { adrift, apply, destroy, newRun, openRun, provision } from '../fakes/lab-run.ts';
import { planOfSize, planOfText } from '../fakes/plans.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const cases = [1, 2].flatMap((vms) =>
  [false, true].flatMap((sandbox) =>
    (['sequential', 'side by side'] as const).map((style) => ({ vms, sandbox, style })),
  ),
);

describe.each(cases)('a lab of $vms VMs, sandbox $sandbox, $style', ({ vms, sandbox, style }) => {
  const plan = planOfSize(vms, sandbox);

  test('is made, and destroy leaves the host as it was', async () => {
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world), style);
    expect(world.snapshot()).not.toEqual(before);
    const undone = await destroy(plan.lab, newRun(world), style);
    expect(undone.map(({ outcome }) => outcome)).toEqual(specsOf(plan).map(() => 'removed'));
    expect(world.snapshot()).toEqual(before);
  });

  test('is made once: a second provision changes nothing', async () => {
    const world = trappedWorld();
    await provision(plan, newRun(world), style);
    const made = world.snapshot();
    const second = newRun(world);
    await provision(plan, second, style);
    expect(world.snapshot()).toEqual(made);
    expect(second.faults.calls.filter(({ reads }) => !reads)).toEqual([]);
  });

  test('is destroyed once: a second destroy changes nothing', async () => {
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world), style);
    await destroy(plan.lab, newRun(world), style);
    expect(await destroy(plan.lab, newRun(world), style)).toEqual([]);
    expect(world.snapshot()).toEqual(before);
  });

  test('after a reboot is destroyed, or made again', async () => {
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world), style);
    reboot(world);
    await provision(plan, newRun(world), style);
    reboot(world);
    const undone = await destroy(plan.lab, newRun(world), style);
    expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
    expect(world.snapshot()).toEqual(before);
  });
});

test('where an older labnet has recorded less than is looked at today, the next provision records it', async () => {
  const plan = planOfSize(1, false);
  const world = trappedWorld();
  await provision(plan, newRun(world));
  const older = await openRun(plan.lab, newRun(world));
  const [whole, ...others] = older.journal
    .entries()
    .filter(({ record }) => Object.keys(record ?? {}).length > 1);
  expect(others).not.toEqual([]);
  const [[name, value] = [], ...known] = Object.entries(whole?.record ?? {});
  await older.journal.done(`${whole?.id}`, Object.fromEntries(known));
  await provision(plan, newRun(world));
  const { journal } = await openRun(plan.lab, newRun(world));
  expect(journal.find(`${whole?.id}`)?.record?.[`${name}`]).toEqual(value);
});

test('what a run has half made that failed is unmade, and made anew', async () => {
  const plan = planOfSize(1, false);
  const whole = newRun(trappedWorld());
  await provision(plan, whole);
  const intent = whole.faults.calls.findIndex(({ what }) => what.includes('"intent","id":"tap:vm1"'));
  const world = trappedWorld();
  // Calls count from 1: the one after the intent.
  await expect(provision(plan, newRun(world).failAt(intent + 2, 'after'))).rejects.toThrow();
  await provision(plan, newRun(world));
  expect(await adrift(plan, newRun(world))).toEqual([]);
});

describe('processes that were killed', () => {
  test.each([
    ['machine', planOfSize(2, false)],
    ['machine and stand-in internet', planOfSize(1, true)],
  ])('%s: are made again, whatever files they left', async (_, plan) => {
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world));
    const made = world.snapshot();
    for (const { pid, uid } of [...world.processes.values()]) if (uid >= 1_900_000_000) world.end(pid, false);
    await provision(plan, newRun(world), 'side by side');
    expect(withoutJournal(world.snapshot())).toEqual(withoutJournal(made));
    await destroy(plan.lab, newRun(world));
    expect(world.snapshot()).toEqual(before);
  });

  test.each([
    ['that end by themselves', true],
    ['that were killed', false],
  ])('%s: destroy removes what they left', async (_, clean) => {
    const plan = planOfSize(2, true);
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world));
    for (const { pid, uid } of [...world.processes.values()]) if (uid >= 1_900_000_000) world.end(pid, clean);
    await destroy(plan.lab, newRun(world), 'side by side');
    expect(world.snapshot()).toEqual(before);
  });

  test('a QEMU that is deaf to all but SIGKILL is ended, and its sockets go', async () => {
    const plan = planOfSize(1, false);
    const world = trappedWorld();
    const before = world.snapshot();
    await provision(plan, newRun(world));
    for (const process of world.processes.values()) process.deafTo = ['quit', 'SIGTERM'];
    await destroy(plan.lab, newRun(world));
    for (const process of world.processes.values()) process.deafTo = [];
    expect(world.snapshot()).toEqual(before);
  });
});

describe('a password of the lab file', () => {
  const text = 'vms: {vm1: {password: correct horse}}\n';

  test('stands in its own file alone: the seed has its hash', async () => {
    const plan = planOfText(text);
    const world = trappedWorld();
    const context = await openRun(plan.lab, newRun(world));
    const secrets = new Map([['vm1.password', 'correct horse']]);
    await apply(plan, { ...context, secrets }, 'sequential');
    const { files } = world.snapshot();
    const holders = Object.keys(files).filter((path) => files[path]?.includes('correct horse'));
    const { password, seed } = vmPaths(roots, plan.lab, 'vm1');
    expect(holders).toEqual([password]);
    expect(files[seed]).toMatch(/\$6\$\w+\$hash/);
    for (const path of [password, seed]) expect(world.files.stat(path)?.mode).toBe(0o600);
  });

  test('that is not handed over fails the step, and is undone', async () => {
    const plan = planOfText(text);
    const world = trappedWorld();
    const before = world.snapshot();
    await expect(provision(plan, newRun(world))).rejects.toThrow('the lab gives no vm1.password');
    await destroy(plan.lab, newRun(world));
    expect(world.snapshot()).toEqual(before);
  });
});

/** All but the lines of the journal, which grows. */
function withoutJournal(snapshot: ReturnType<World['snapshot']>) {
  const files = Object.fromEntries(
    Object.entries(snapshot.files).filter(([path]) => !path.endsWith('.jsonl')),
  );
  return { ...snapshot, files };
}

describe('a kernel booted with ipv6.disable=1', () => {
  test('has no key to turn IPv6 off with, and needs none', async () => {
    const world = trappedWorld();
    networkOf(world, planOfSize(1, false)).ipv6 = false;
    const before = world.snapshot();
    const plan = planOfSize(1, false);
    await provision(plan, newRun(world));
    expect(await adrift(plan, newRun(world))).toEqual([]);
    await destroy(plan.lab, newRun(world));
    expect(world.snapshot()).toEqual(before);
  });

  test('where there is the key, IPv6 that came back on is seen', async () => {
    const world = trappedWorld();
    const plan = planOfSize(1, false);
    await provision(plan, newRun(world));
    linkOf('br0', world, plan).settings.disable_ipv6 = '0';
    expect(await adrift(plan, newRun(world))).toEqual([
      'bridge:br0: net.ipv6.conf.br0.disable_ipv6 is 0, not 1',
    ]);
  });
});
