/** Plans of labnets that noted no numbers of VMs: each VM has that of its place, by which its tap and its uid were called. */
import { expect, test } from 'vitest';
import { tapName, vmUid } from '../../src/lab/naming.ts';
import { parsePlan } from '../../src/labs/plan-file.ts';
import { specsOf } from '../../src/plan/plan.ts';
import { fill } from './placeholders.ts';
import { recorded } from './recorded.ts';

const former = recorded.filter(({ read }) => !read('plan.json').includes('"number":'));

test.each(former)('$title', ({ lab, read }) => {
  const text = fill(read('plan.json'), { STATE: '/state', RUN: '/run', CACHE: '/cache' });
  const plan = parsePlan(text, lab, 'plan.json');
  const numbers = plan.guests.map(({ number }) => number);
  expect(numbers).toEqual([...plan.guests.keys()]);
  expect(plan.guests.map(({ uid }) => uid)).toEqual(numbers.map((number) => vmUid(lab, number)));
  const taps = specsOf(plan).flatMap((spec) => (spec.kind === 'tap' ? [spec.name] : []));
  const prefix = taps[0]?.replace(/\d+$/, '') ?? '';
  expect(taps).toEqual(numbers.map((number) => tapName(prefix, number)));
});

test('there are such plans', () => expect(former.length).toBeGreaterThan(10));
