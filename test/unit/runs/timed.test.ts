import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { silent } from '../../../src/progress/progress.ts';
import { timed } from '../../../src/runs/timed.ts';

test('each step’s time stands under its name, also of one that fails, and the whole under total', async () => {
  const { timings, step, steps } = timed({ progress: silent, signal: new AbortController().signal });
  expect(await step('first', 'First', async () => sleep(20, 'done'))).toBe('done');
  await steps('both', 'Both', [{ title: 'a', work: () => sleep(30) }]);
  await expect(step('last', 'Last', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(Object.keys(timings)).toEqual(['first', 'total', 'both', 'last']);
  expect(timings.first).toBeGreaterThanOrEqual(19);
  expect(timings.both).toBeGreaterThanOrEqual(29);
  expect(timings.total).toBeGreaterThanOrEqual((timings.first ?? 0) + (timings.both ?? 0) - 2);
});

test('none begins after the user has interrupted', async () => {
  const interruption = new AbortController();
  const { step, timings } = timed({ progress: silent, signal: interruption.signal });
  await step('first', 'First', async () => interruption.abort());
  await expect(step('second', 'Second', async () => {})).rejects.toMatchObject({ code: 'interrupted' });
  expect(timings).not.toHaveProperty('second');
});
