import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freeText, lineOfText, unsafeText } from '../../../src/lab/text.ts';

test.each([
  '',
  'plain',
  'two\nlines\n',
  'a\ttab',
  'Grüß Gott ☃ 🐧',
  '"quotes" and \\',
  '@@labnet',
  '{{mustache}}',
])('%j may stand in a seed', (text) => expect(unsafeText(text)).toBeUndefined());

test.each([
  ['\0', 'U+0000'],
  ['a\u001b[31m', 'U+001B'],
  ['a\r\n', 'U+000D'],
  ['\u007f', 'U+007F'],
  ['\u0085', 'U+0085'],
  ['\u009f', 'U+009F'],
  ['\ud83d', 'U+D83D'],
  ['x@@labnet:key@@', '@@labnet:'],
])('%j may not', (text, reason) => expect(unsafeText(text)).toContain(reason));

test('it names a character exactly if there is one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!text.includes('@@labnet:'));
      const bad = [...text].some((one) => /[\p{Cc}\p{Cs}]/u.test(one) && !['\t', '\n'].includes(one));
      expect(unsafeText(text) !== undefined).toBe(bad);
    }),
  );
});

test('a line is one line, not empty, and not too long', () => {
  const schema = lineOfText(5);
  expect(['abc', 'a b', 'ü☃'].map((text) => schema.safeParse(text).success)).toEqual([true, true, true]);
  expect(['', 'a\nb', 'a\tb', 'abcdef', 'a\0'].map((text) => schema.safeParse(text).success)).toEqual(
    Array(5).fill(false),
  );
  expect(freeText(5).safeParse('a\nb\t').success).toBe(true);
});
