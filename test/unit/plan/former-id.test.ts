/** Seeds of labnets before 0.3 are known by the instance id that those gave. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseLab } from '../../../src/lab/validate.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { facts, roots } from '../../fakes/facts.ts';

// Its MAC addresses are given, so what it was made from does not hang on the host of then.
test.each(['8d3a376', 'b820a81'])('the seeds of a lab of %s', (folder) => {
  const read = (name: string) =>
    readFileSync(new URL(`../../formats/${folder}/lab-sheet/${name}`, import.meta.url), 'utf8');
  const parsed = parseLab(read('lab.yaml'), 'lab.yaml', { sandbox: false });
  if (!parsed.ok) throw new Error('the recorded lab file is wrong by now');
  const uplink = { name: 'eth0', gateway: '192.0.2.1', mtu: 1400 };
  const plan = planLab({ lab: parsed.lab, facts: { ...facts, uplink }, roots, date: 0 });
  const seeds = specsOf(plan).flatMap((spec) => (spec.kind === 'seed' ? [spec.formerId] : []));
  const { guests } = JSON.parse(read('plan.json')) as {
    readonly guests: readonly { readonly instanceId: string }[];
  };
  expect(seeds).toEqual(guests.map(({ instanceId }) => instanceId));
});
