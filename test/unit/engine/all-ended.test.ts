/** A failed step has come to rest before anybody undoes it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { allEnded } from '../../../src/engine/all-ended.ts';

test('what all works come to, in their order', async () => {
  expect(await allEnded([sleep(5, 'late'), Promise.resolve(1), false])).toEqual(['late', 1, false]);
});

test('a failure is told after the others have ended', async () => {
  let written = false;
  const slow = sleep(20).then(() => {
    written = true;
  });
  await expect(allEnded([Promise.reject(new Error('at once')), slow])).rejects.toThrow('at once');
  expect(written).toBe(true);
});

test('of several failures the first of the list is told, and none is left unhandled', async () => {
  const late = sleep(5).then(() => {
    throw new Error('late');
  });
  await expect(allEnded([late, Promise.reject(new Error('early'))])).rejects.toThrow('late');
});
