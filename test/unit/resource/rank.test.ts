/** The order of making and unmaking, by kind: the plan keeps to it, and undo goes by it whatever the journal's order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { undoOrder } from '../../../src/engine/destroy.ts';
import type { Entry, Journal } from '../../../src/engine/journal.ts';
import { labOfSize } from '../../../src/lab/validate.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { kinds, type ResourceSpec, upgraded } from '../../../src/resource/index.ts';
import { rankOf } from '../../../src/resource/rank.ts';
import { facts, roots } from '../../fakes/facts.ts';

const plans = [
  { lab: labOfSize(2, { sandbox: true }), facts },
  {
    lab: labOfSize(2, { sandbox: false }),
    facts: { ...facts, networkManager: true, docker: 'iptables-nft' as const },
  },
].map((one) => planLab({ ...one, roots, date: 0 }));

test.each(kinds)('%s has a rank', (kind) => {
  expect(rankOf(kind)).toBeGreaterThanOrEqual(0);
});

test('one that is not known has none', () => {
  expect(rankOf('unknown')).toBeUndefined();
});

test.each(plans)('a plan is in the order of ranks: %#', (plan) => {
  // The directory of the stand-in internet is made beside its namespaces.
  const made = specsOf(plan).filter(({ id }) => id !== 'directory:internet');
  const ranks = made.map(({ kind }) => rankOf(kind) ?? -1);
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
});

const journalOf = (specs: readonly ResourceSpec[]) =>
  ({
    entries: () => specs.map((spec): Entry => ({ id: spec.id, spec, boot: '', removal: [], record: {} })),
  }) as unknown as Journal;

describe('undo', () => {
  test.each(plans)('is the plan backwards, whatever is made again last: %#', (plan) => {
    const made = specsOf(plan).filter(({ id }) => id !== 'directory:internet');
    const directories = made.filter(({ kind }) => kind === 'directory');
    const others = made.filter(({ kind }) => kind !== 'directory');
    const order = fc.shuffledSubarray(others, { minLength: others.length });
    fc.assert(
      fc.property(order, (shuffled) => {
        const undone = undoOrder(journalOf([...directories, ...shuffled])).map(({ spec }) => spec);
        const ranks = undone.map(({ kind }) => rankOf(kind) ?? -1);
        expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
        // Directories lie in one another: the last made goes first.
        expect(undone.slice(others.length)).toEqual([...directories].reverse());
      }),
    );
  });

  test('leaves one of an unknown kind where the journal has it', () => {
    const [plan = plans[0]] = plans;
    const specs = specsOf(plan as (typeof plans)[number]);
    const bridge = specs.findIndex(({ kind }) => kind === 'bridge');
    const strange: ResourceSpec = { kind: 'unknown', id: 'moat:one', named: 'moat' };
    const ids = undoOrder(
      journalOf([...specs.slice(0, bridge + 1), strange, ...specs.slice(bridge + 1)]),
    ).map(({ id }) => id);
    const at = ids.indexOf('moat:one');
    expect(ids[at + 1]).toBe('bridge:br0');
    expect(ids[at - 1]).toMatch(/^tap:/);
  });
});

test.each(plans)('specs of a labnet that noted no owner are as those of today: %#', (plan) => {
  // Machines told it, and a table against spoofing was of all VMs.
  const told = ['machine', 'anti-spoof'];
  for (const spec of specsOf(plan).filter(({ kind }) => !told.includes(kind))) {
    const { vm, ...written } = spec;
    expect(upgraded(written).vm).toBe(vm);
  }
});

test('a thing of the lab’s own has no owner', () => {
  const owners = new Map(plans.flatMap((plan) => specsOf(plan).map(({ id, vm }) => [id, vm])));
  for (const id of ['key-pair:id_ed25519', 'directory:run.lab', 'directory:internet', 'bridge:br0'])
    expect([owners.has(id), owners.get(id)]).toEqual([true, undefined]);
  expect(owners.get('directory:vm2.run')).toBe('vm2');
});
