/** What every kind of resource must do. */
import { describe, expect, test } from 'vitest';
import { perform } from '../../../src/action/perform.ts';
import { kinds, typeOf } from '../../../src/resource/index.ts';
import { newRun } from '../../fakes/lab-run.ts';
import { inspect, madeLab, specs } from '../../fakes/made-lab.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';

test('the lab of these tests has every kind', () => {
  expect([...new Set(specs.map(({ kind }) => kind))].sort()).toEqual([...kinds].sort());
});

describe.each(specs.map((spec) => ({ id: spec.id, spec })))('$id', ({ spec }) => {
  const type = typeOf(spec);

  test('says in a sentence what it is for', () => {
    expect(type.why(spec)).toMatch(/^\S.{15,}[^.\s]$/);
  });

  test('is data: spec, creation and removal survive JSON', () => {
    for (const one of [spec, type.create(spec), type.remove(spec)]) {
      expect(JSON.parse(JSON.stringify(one))).toEqual(withoutUndefined(one));
    }
  });

  test('is absent on a host without the lab, ours on one with it', async () => {
    expect(await inspect(spec, trappedWorld())).toEqual({ state: 'absent' });
    expect((await inspect(spec, await madeLab())).state).toBe('ours');
  });

  test('is looked at without a change', async () => {
    for (const world of [trappedWorld(), await madeLab()]) {
      const before = world.snapshot();
      const host = newRun(world);
      await type.inspect(spec, { host, openIntent: false });
      expect(world.snapshot()).toEqual(before);
      expect(host.faults.calls.filter(({ reads }) => !reads)).toEqual([]);
    }
  });

  test('is absent after its removal, and removing it again changes nothing', async () => {
    const world = await madeLab();
    const host = newRun(world);
    // From the last made to this one, as destroy does: a directory is removed when it is empty.
    for (const one of [...specs].reverse()) {
      for (const action of typeOf(one).remove(one)) await perform(action, { host }).catch(() => {});
      if (one.id === spec.id) break;
    }
    expect(await inspect(spec, world)).toEqual({ state: 'absent' });
    const removed = world.snapshot();
    for (const action of type.remove(spec)) await perform(action, { host }).catch(() => {});
    expect(world.snapshot()).toEqual(removed);
  });
});

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([key, one]) => [key, withoutUndefined(one)]),
  );
}
