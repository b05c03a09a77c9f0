/** Where nothing can be redrawn, a line tells what a long step is at. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Step } from '../../../src/progress/progress.ts';
import { said } from './said.ts';

const vm = (phases: readonly (readonly [string, number])[]): Step => ({
  title: 'vm1',
  work: async (line) => {
    for (const [phase, ms] of phases) {
      line.title(`vm1: ${phase}`);
      await sleep(ms);
    }
  },
});

test('what it is at for longer than a second, also of a step within a step; not what is over at once, nor its end twice', async () => {
  const phases = vm([
    ['firmware', 0],
    ['run line 2 of 3', 1_200],
    ['ready', 0],
  ]);
  const text = await said((progress) => progress.steps('VMs', [phases], 'in order'));
  expect(text.match(/run line 2 of 3/g)).toHaveLength(1);
  expect(text).not.toContain('firmware');
  expect(text.match(/vm1: ready/g)).toHaveLength(1);
  expect(text).toMatch(/vm1\n[\s\S]* {2}vm1: run line 2 of 3\n[\s\S]*vm1: ready/);
});

test('of a step that failed that it did, and not why: the error that is thrown says so, once', async () => {
  const fails: Step = {
    title: 'vm1: kernel',
    work: () => Promise.reject(new Error('the cause\nand the end of a console')),
  };
  let thrown = '';
  const text = await said((progress) =>
    progress.steps('VMs', [fails], 'at once').catch((error: Error) => {
      thrown = error.message;
    }),
  );
  expect(thrown).toContain('the cause');
  expect(text.split('\n')).toEqual([
    expect.stringMatching(/VMs$/),
    expect.stringMatching(/vm1: kernel$/),
    expect.stringMatching(/vm1: kernel \[FAILED\]$/),
    expect.stringMatching(/VMs \[FAILED\]$/),
    '',
  ]);
});
