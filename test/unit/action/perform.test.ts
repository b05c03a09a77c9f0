/** Performing an action: what it leaves on the disk counts when it is there. */
import { expect, test } from 'vitest';
import { perform } from '../../../src/action/perform.ts';
import { partialHost } from '../../fakes/partial-host.ts';

function hostThatNotes(fails: boolean) {
  const done: string[] = [];
  const host = partialHost({
    async run(argv) {
      done.push(argv.join(' '));
      if (fails) throw new Error('it fails');
      return { status: 0, stdout: '', stderr: '' };
    },
    sync: async (path) => {
      done.push(`sync ${path}`);
    },
  });
  return { done, host };
}

const action = { do: 'run', argv: ['ssh-keygen', '-f', '/key'], makes: ['/key', '/key.pub'] } as const;

test('what a program has made is synced after it, each file', async () => {
  const { done, host } = hostThatNotes(false);
  await perform(action, { host });
  expect(done).toEqual(['ssh-keygen -f /key', 'sync /key', 'sync /key.pub']);
});

test('what it has not made is not', async () => {
  const { done, host } = hostThatNotes(true);
  await expect(perform(action, { host })).rejects.toThrow('it fails');
  expect(done).toEqual(['ssh-keygen -f /key']);
});
