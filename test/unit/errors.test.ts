import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { expected, LabnetError } from '../../src/errors.ts';

test('what a system call refuses is a failure, told in its words', async () => {
  const refused: unknown = await readFile('/').catch((error: unknown) => error);
  expect(expected(refused)).toBeInstanceOf(LabnetError);
  expect(expected(refused)).toMatchObject({
    code: 'failed',
    message: 'EISDIR: illegal operation on a directory, read',
    cause: refused,
  });
});

test.each([new TypeError('x is not a function'), new LabnetError('usage', 'no'), 'a text', undefined])(
  '%j stays what it is',
  (error) => {
    expect(expected(error)).toBe(error);
  },
);
