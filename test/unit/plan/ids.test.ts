import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { specsOf } from '../../../src/plan/plan.ts';
import { planOfText } from '../../fakes/plans.ts';

/** Each resource has an id of its own: the journal knows it by nothing else. */
function expectUnique(vms: readonly string[], sandbox: boolean): void {
  const { stages, canary } = planOfText(`vms: {${vms.map((name) => `${name}: `).join(', ')}}\n`, sandbox);
  const ids = [...stages.flatMap(({ specs }) => specs), ...canary.specs].map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
}

test.each([true, false])('whatever word of labnet’s a VM is called by (sandbox: %s)', (sandbox) => {
  const words = planOfText('vms: {one: }', true);
  const ours = specsOf(words).flatMap(({ id, kind }) => [kind, ...id.split(/[^a-z0-9-]/)]);
  const names = [...new Set(['client', 'server', 'run', 'lab', 'one', 'one-run', ...ours])];
  expectUnique(
    names.filter((name) => /^[a-z][a-z0-9-]{0,19}$/.test(name) && !['internet', 'holder'].includes(name)),
    sandbox,
  );
});

test('whatever VMs are called', () => {
  const name = fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,5}[a-z0-9])?(?:-run)?$/);
  fc.assert(fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), fc.boolean(), expectUnique), {
    numRuns: 50,
  });
});
