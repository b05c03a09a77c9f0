/** A journal of another labnet, which makes kinds of things that this one does not know: they go by what it has noted down. */
import { beforeEach, expect, test } from 'vitest';
import { applyOne } from '../../src/engine/apply.ts';
import { usesOfLabs } from '../../src/kept/image-use.ts';
import { labPaths } from '../../src/paths.ts';
import { specsOf } from '../../src/plan/plan.ts';
import { kinds, upgraded } from '../../src/resource/index.ts';
import { roots } from '../fakes/facts.ts';
import { destroy, newRun, openRun, provision, repair } from '../fakes/lab-run.ts';
import { planOfSize } from '../fakes/plans.ts';
import { reboot, trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';

const plan = planOfSize(2, false);
const { journal } = labPaths(roots, plan.lab);

let world: World;
let before: unknown;

beforeEach(async () => {
  world = trappedWorld();
  before = world.snapshot();
  await provision(plan, newRun(world));
});

/** The journal as a labnet would have written it that calls things by other names. */
function rename(from: RegExp, to: string): void {
  const text = world.files.read(journal) ?? '';
  expect(text).toMatch(from);
  world.files.write(journal, text.replaceAll(from, to), 0o600);
}

const made = kinds.filter((kind) => specsOf(plan).some((spec) => spec.kind === kind));

test.each(made)('a lab whose %s is of a kind that nobody knows is removed without a trace', async (kind) => {
  rename(new RegExp(`"kind":"${kind}"`, 'g'), '"kind":"to-come"');
  const undone = await destroy(plan.lab, newRun(world));
  expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
  expect(world.snapshot()).toEqual(before);
});

test('so is one of which no kind is known', async () => {
  rename(/"kind":"/g, '"kind":"new-');
  await destroy(plan.lab, newRun(world));
  expect(world.snapshot()).toEqual(before);
});

test('after a reboot its files go, and nothing else of the names it had', async () => {
  rename(/"kind":"/g, '"kind":"new-');
  reboot(world);
  const root = world.namespaceAt(undefined);
  root?.addLink({ name: 'br0', kind: 'bridge', alias: 'of somebody else' });
  const undone = await destroy(plan.lab, newRun(world));
  expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
  const fresh = trappedWorld();
  reboot(fresh);
  fresh.namespaceAt(undefined)?.addLink({ name: 'br0', kind: 'bridge', alias: 'of somebody else' });
  expect(world.snapshot()).toEqual(fresh.snapshot());
});

test('by a deed that this labnet does not know nothing is removed, and the rest goes', async () => {
  rename(/("removal":\[\{"do":")stop-process/g, '$1turn-to-dust');
  const undone = await destroy(plan.lab, newRun(world));
  const reason = 'another labnet removes it by "turn-to-dust", which this one does not know: use that one';
  expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([
    { id: 'machine:vm2', outcome: 'left', reason },
    { id: 'machine:vm1', outcome: 'left', reason },
  ]);
});

test('an action that fails leaves it, to be tried again', async () => {
  rename(/"kind":"bridge"/g, '"kind":"to-come"');
  rename(/"ip","link","delete","dev","br0"/g, '"ip","link","delete","dev","br9"');
  const undone = await destroy(plan.lab, newRun(world));
  expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([
    { id: 'bridge:br0', outcome: 'left', reason: expect.stringContaining('br9') },
  ]);
  rename(/"ip","link","delete","dev","br9"/g, '"ip","link","delete","dev","br0"');
  await destroy(plan.lab, newRun(world));
  expect(world.snapshot()).toEqual(before);
});

test('repair leaves it alone and says why; the rest is set right', async () => {
  rename(/"kind":"tap"/g, '"kind":"hose"');
  const host = newRun(world);
  const strange = {
    ...plan,
    stages: plan.stages.map(({ title, specs }) => ({ title, specs: specs.map(asHose) })),
  };
  const there = world.snapshot();
  const repaired = await repair(strange, host);
  expect(repaired.filter(({ outcome }) => outcome !== 'nothing to do')).toEqual(
    ['vm1', 'vm2'].map((vm) => ({
      id: `tap:${vm}`,
      outcome: 'not repaired',
      reason: `tap:${vm} is of another labnet, which calls its kind hose, which this one cannot make`,
      hint: expect.stringContaining('use that labnet'),
    })),
  );
  expect(world.snapshot()).toEqual(there);
});

const asHose = <S extends { readonly kind: string; readonly id: string }>(spec: S) =>
  upgraded(spec.kind === 'tap' ? { ...spec, kind: 'hose' } : spec);

test('a plan with it is not made', async () => {
  const fresh = trappedWorld();
  const nothing = fresh.snapshot();
  const context = await openRun(plan.lab, newRun(fresh));
  const spec = upgraded({ kind: 'hose', id: 'hose:vm1' });
  await expect(applyOne(spec, context)).rejects.toMatchObject({ code: 'failed' });
  await destroy(plan.lab, newRun(fresh));
  expect(fresh.snapshot()).toEqual(nothing);
});

test('it may stand on any image', async () => {
  expect((await usesOfLabs(newRun(world), roots))[0]?.digests).toBeDefined();
  rename(/"kind":"tap"/g, '"kind":"hose"');
  expect(await usesOfLabs(newRun(world), roots)).toEqual([
    { by: 'the VMs of lab', lab: 'lab', digests: undefined, unread: "tap:vm1 is another labnet's" },
  ]);
});
