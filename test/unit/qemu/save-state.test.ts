/** How long the saving of a VM's memory may take, and what is said when it takes longer. */
import { expect, test } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { saveState } from '../../../src/qemu/save-state.ts';

/** A QEMU that says this of its migration, on a host this slow. */
function save(answer: object, pace: number, memory: number) {
  const host: Pick<Host, 'receive' | 'qmp' | 'pace'> = {
    pace,
    receive: async () => ({ done: Promise.resolve(), close: async () => {} }),
    qmp: async (_, command) => (command === 'query-migrate' ? answer : {}),
  };
  const files = { qmp: '/run/qmp', socket: '/run/save', file: '/state' };
  return saveState({ vm: 'vm1', uid: 1, memory, signal: undefined, ...files }, host as Host);
}

test('a save that ends is one', async () => {
  await save({ status: 'completed' }, 1, 512);
});

test('more memory may take longer, and a slow host may; how long it was waited for is told', async () => {
  await expect(save({ status: 'active' }, 0.001, 512)).rejects.toThrow('vm1 could not be saved within 0 s');
  const started = performance.now();
  await expect(save({ status: 'active' }, 0.001, 65_536)).rejects.toThrow('within 3 s');
  expect(performance.now() - started).toBeGreaterThan(3_000);
});

test('what QEMU says of a failure is told', async () => {
  const failed = { status: 'failed', 'error-desc': 'Unable to write to socket: Broken pipe' };
  await expect(save(failed, 1, 512)).rejects.toThrow(
    'vm1 could not be saved: Unable to write to socket: Broken pipe',
  );
});
