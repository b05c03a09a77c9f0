import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { confirm } from '../../../src/runs/confirm.ts';

const never = new AbortController().signal;

/** Asks, and types this at a terminal. */
function answering(typed: string, signal = never): Promise<boolean> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const answer = confirm('Really?\n', signal, { input, output });
  input.write(typed);
  return answer;
}

describe('an answer', () => {
  test.each(['y\r', 'Y\r', 'yes\r', ' yes \r'])('%j is yes', async (typed) => {
    expect(await answering(typed)).toBe(true);
  });

  test.each(['\r', 'n\r', 'yess\r', 'oh yes\r', '\x04'])('%j is no', async (typed) => {
    expect(await answering(typed)).toBe(false);
  });

  test('that never comes, since the input ends, is no', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const answer = confirm('Really?\n', never, { input, output });
    input.end();
    expect(await answer).toBe(false);
  });
});

test.each([
  ['Ctrl-C', '\x03'],
  ['Ctrl-C after a letter', 'y\x03'],
])('%s is an interruption', async (_, typed) => {
  await expect(answering(typed)).rejects.toMatchObject({ code: 'interrupted' });
});

test('a signal to the process is an interruption', async () => {
  const interruption = new AbortController();
  const answer = answering('', interruption.signal);
  interruption.abort();
  await expect(answer).rejects.toMatchObject({ code: 'interrupted' });
});
