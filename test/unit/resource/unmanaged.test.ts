/** What tells NetworkManager to keep off: gone again, also where one step of unmaking says it worked and did nothing. */
import { expect, test } from 'vitest';
import { perform } from '../../../src/action/perform.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { typeOf } from '../../../src/resource/index.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { partialHost } from '../../fakes/partial-host.ts';
import { planBesideOthers } from '../../fakes/plans.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';

const spec = specsOf(planBesideOthers()).find(({ kind }) => kind === 'unmanaged');
if (spec === undefined) throw new Error('the plan has none');
const { create, remove, inspect } = typeOf(spec);
const directory = '/run/NetworkManager';

test('an empty directory and what NetworkManager has read are each looked after twice', async () => {
  const steps = remove(spec);
  expect(steps).toHaveLength(5);
  // The first of each does nothing: what is behind it does.
  for (let skipped = 1; skipped < steps.length; skipped += 1) {
    const world = trappedWorld();
    world.files.makeDirectory(directory, 0o755);
    const before = world.snapshot();
    const host = new MemoryHost(world);
    for (const action of create(spec)) await perform(action, { host });
    expect(world.snapshot()).not.toEqual(before);
    for (const [index, action] of steps.entries()) if (index !== skipped) await perform(action, { host });
    expect(world.snapshot()).toEqual(before);
  }
});

test('it is as it was made when it says what was recorded then, in whichever words', async () => {
  const earlier = '# as another labnet words it\n';
  const host = partialHost({ read: async () => earlier });
  const look = (record?: { readonly text: string }) => inspect(spec, { host, openIntent: false, record });
  expect(await look({ text: earlier })).toEqual({ state: 'ours', record: { text: earlier } });
  expect(await look({ text: 'other' })).toMatchObject({ state: 'drifted' });
  expect(await look()).toMatchObject({ state: 'drifted' });
});
