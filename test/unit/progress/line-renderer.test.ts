/** Where nothing can be redrawn, a line tells what a long step is at. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { runTasks, type Task } from '../../../src/progress/list.ts';

async function said(tasks: readonly Task[]): Promise<string> {
  const lines: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  try {
    await runTasks(tasks, { quiet: false, live: false });
  } finally {
    write.mockRestore();
  }
  return lines.join('');
}

const step = (phases: readonly (readonly [string, number])[]): Task => ({
  title: 'vm1',
  task: async (_, task) => {
    for (const [phase, ms] of phases) {
      task.title = `vm1: ${phase}`;
      await sleep(ms);
    }
  },
});

test('what it is at for longer than a second, also of a step within a step; not what is over at once, nor its end twice', async () => {
  const phases = step([
    ['firmware', 0],
    ['run line 2 of 3', 1_200],
    ['ready', 0],
  ]);
  const list: Task = { title: 'VMs', task: (_, task) => task.newListr([phases]) };
  const text = await said([list]);
  expect(text.match(/run line 2 of 3/g)).toHaveLength(1);
  expect(text).not.toContain('firmware');
  expect(text.match(/vm1: ready/g)).toHaveLength(1);
  expect(text).toMatch(/vm1\n[\s\S]* {2}vm1: run line 2 of 3\n[\s\S]*vm1: ready/);
});
