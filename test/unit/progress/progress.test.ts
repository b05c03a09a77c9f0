/** The two ways of showing progress do the same work in the same order, and throw the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { oneByOne, type Progress, type Step, silent } from '../../../src/progress/progress.ts';
import { said } from './said.ts';

const done: string[] = [];

const step = (title: string, ms: number, error?: string): Step => ({
  title,
  work: async () => {
    await sleep(ms);
    done.push(title);
    if (error !== undefined) throw new Error(error);
  },
});

async function quietly(act: (progress: Progress) => Promise<unknown>): Promise<string> {
  await act(silent);
  return '';
}

describe.each([
  ['drawn', said],
  ['silent', quietly],
] as const)('%s', (_, show) => {
  /** What was done, and what was thrown. */
  async function shown(act: (progress: Progress) => Promise<unknown>) {
    done.length = 0;
    let thrown: unknown;
    let given: unknown;
    await show(async (progress) => {
      try {
        given = await act(progress);
      } catch (error) {
        thrown = error;
      }
    });
    return { given, done: [...done], error: thrown instanceof Error ? thrown.message : undefined };
  }

  test('a step gives what its work gives, also where that is nothing', async () => {
    expect((await shown((progress) => progress.step('a', async () => 42))).given).toBe(42);
    expect((await shown((progress) => progress.step('a', async () => undefined))).given).toBeUndefined();
  });

  test('and throws what its work throws, itself', async () => {
    const mine = new Error('mine');
    let caught: unknown;
    await show((progress) =>
      progress
        .step('a', () => Promise.reject(mine))
        .catch((error: unknown) => {
          caught = error;
        }),
    );
    expect(caught).toBe(mine);
  });

  test('in order: none is begun after one that fails', async () => {
    const steps = [step('a', 20), step('b', 0, 'no b'), step('c', 0)];
    const inOrder = await shown((progress) => progress.steps('all', steps, 'in order'));
    expect(inOrder).toMatchObject({ done: ['a', 'b'], error: 'no b' });
    const single = await shown((progress) => oneByOne(steps, progress));
    expect(single).toMatchObject({ done: ['a', 'b'], error: 'no b' });
  });

  test('at once: all are waited for, and the first failure is thrown', async () => {
    const steps = [step('a', 60, 'no a'), step('b', 0, 'no b'), step('c', 90)];
    const found = await shown((progress) => progress.steps('all', steps, 'at once'));
    expect(found).toMatchObject({ done: ['b', 'a', 'c'], error: 'no b' });
  });

  test('no steps are none', async () => {
    for (const how of ['in order', 'at once'] as const)
      expect(await shown((progress) => progress.steps('all', [], how))).toMatchObject({ error: undefined });
  });
});
