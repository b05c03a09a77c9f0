import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteCommand, quoteLongCommand } from '../../../src/host/shell-quote.ts';

test('bash reads back exactly the words that were quoted', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
      for (const quote of [quoteCommand, quoteLongCommand]) {
        const line = quote(['printf', '%s\\0', ...words]);
        expect(execFileSync('bash', ['-c', line], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(
          words,
        );
      }
    }),
    { numRuns: 60 },
  );
});

test('plain words are left as they are', () => {
  expect(quoteCommand(['ip', 'link', 'set', 'dev', 'tap0', 'up'])).toBe('ip link set dev tap0 up');
});
