/** As many at once as there is use for, in the order given, and nothing at work any more when it ends. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sideBySide } from '../../../src/engine/side-by-side.ts';

const numbers = Array.from({ length: 20 }, (_, index) => index);

test.each([1, 3, 50])('of twenty %i at once', async (most) => {
  let [now, highest] = [0, 0];
  const act = async (number: number) => {
    now += 1;
    highest = Math.max(highest, now);
    for (let turns = 0; turns < 1 + (number % 3); turns += 1) await turn();
    now -= 1;
    return number * 2;
  };
  expect(await sideBySide(numbers, act, most)).toEqual(numbers.map((number) => number * 2));
  expect(highest).toBe(Math.min(most, numbers.length));
});

test('of none there is nothing to do', async () => {
  expect(await sideBySide([], () => Promise.reject(new Error('never')))).toEqual([]);
});

test('after a failure none is begun any more, and it is thrown when the others have ended', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const act = async (number: number) => {
    begun.push(number);
    if (number === 1) throw new Error('the second');
    await turn();
    await turn();
    ended.push(number);
    if (number === 2) throw new Error('the third');
  };
  await expect(sideBySide(numbers, act, 3)).rejects.toThrow('the second');
  expect(begun).toEqual([0, 1, 2]);
  expect(ended).toEqual([0, 2]);
});
