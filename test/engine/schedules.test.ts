/** Five labs on one host come, go, are killed and repaired in any order: none disturbs another, and none leaves a trace. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { scopes } from '../fakes/forwarding-labs.ts';
import { networkOf, qemuOf } from '../fakes/interferences.ts';
import { adrift, destroy, newRun, provision, repair } from '../fakes/lab-run.ts';
import { planOfText } from '../fakes/plans.ts';
import { trappedWorld } from '../fakes/trapped-world.ts';
import type { World } from '../fakes/world.ts';
import { seed } from '../setup/seed.ts';

const names = ['a', 'b', 'c', 'd', 'e'] as const;
type Name = (typeof names)[number];

const deeds = {
  provision,
  destroy: (plan: Plan, host: ReturnType<typeof newRun>) => destroy(plan.lab, host),
  repair,
};

/** One command, and where in it labnet is killed or a call fails: at none when the run makes fewer calls. */
const step = fc.record({
  name: fc.constantFrom(...names),
  deed: fc.constantFrom('provision', 'provision', 'destroy', 'repair', 'disturb'),
  fault: fc.option(
    fc.record({
      at: fc.integer({ min: 1, max: 90 }),
      mode: fc.constantFrom('dead', 'dead', 'torn', 'before', 'after'),
    }),
    { freq: 2 },
  ),
});

const schedule = fc.record({
  scopes: fc.tuple(...names.map(() => fc.constantFrom(...scopes))),
  steps: fc.array(step, { minLength: 5, maxLength: 20 }),
  last: fc.shuffledSubarray([...names], { minLength: names.length }),
});

test(`200 random schedules (seed ${seed})`, { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async ({ scopes: chosen, steps, last }) => {
      const plans = new Map(names.map((name, index) => [name, planOf(name, chosen[index] ?? 'interface')]));
      const plan = (name: Name) => plans.get(name) ?? planOf(name, 'interface');
      const world = trappedWorld();
      const before = world.snapshot();
      const whole = new Set<Name>();
      const known = new Set<Name>();
      for (const one of steps) {
        await perform(one, plan(one.name), world, { whole, known });
        for (const name of whole)
          expect({ name, adrift: await adrift(plan(name), newRun(world)) }).toEqual({ name, adrift: [] });
      }
      for (const name of last) {
        const undone = await destroy(name, newRun(world));
        expect(undone.filter(({ outcome }) => outcome === 'left')).toEqual([]);
        whole.delete(name);
        for (const rest of whole) expect(await adrift(plan(rest), newRun(world))).toEqual([]);
      }
      expect(world.snapshot()).toEqual(before);
    }),
    { numRuns: 200, seed },
  );
});

interface Labs {
  /** Labs of which everything must be as labnet made it. */
  readonly whole: Set<Name>;
  /** Labs that were whole once since they were last destroyed: repair knows all of them. */
  readonly known: Set<Name>;
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function perform(
  { name, deed, fault }: Step,
  plan: Plan,
  world: World,
  { whole, known }: Labs,
): Promise<void> {
  if (deed === 'disturb') {
    if (!whole.delete(name)) return;
    world.end(qemuOf(world, plan).pid, false);
    world.removeLink(networkOf(world, plan), plan.network.bridge);
    return;
  }
  if (deed === 'repair' && !known.has(name)) return;
  const host = newRun(world);
  if (fault !== null) host.failAt(fault.at, fault.mode);
  if (deed === 'destroy') {
    whole.delete(name);
    known.delete(name);
  }
  const ended = await deeds[deed](plan, host).then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  );
  if (fault !== null && host.faults.calls.length >= fault.at) return;
  // What drifted is not made over: labnet says what to type.
  if (deed === 'provision' && ended.error !== undefined) {
    expect(ended.error).toMatchObject({ code: 'failed', hint: expect.stringContaining('labnet repair') });
    return;
  }
  expect(ended.error).toBeUndefined();
  if (deed === 'destroy') return;
  whole.add(name);
  known.add(name);
}

function planOf(name: Name, scope: (typeof scopes)[number]): Plan {
  const number = names.indexOf(name) + 1;
  return planOfText(
    [
      `name: ${name}`,
      `host: {forwarding: ${scope}}`,
      `networks: [{name: br${number}, address: 10.${number}.0.10/24, taps: ${name}tap}]`,
      number % 2 === 0 ? 'vms: {one: , two: }' : 'vms: {one: }',
      '',
    ].join('\n'),
  );
}
