import fc from 'fast-check';
import { expect, test } from 'vitest';
import { harmless } from '../../../src/text/harmless.ts';

test.each([
  ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
  ['the title of the window', 'a\u001b]0;evil\u0007b', 'ab'],
  ['a title that ends otherwise', 'a\u001b]0;evil\u001b\\b', 'ab'],
  ['a title without end', 'a\u001b]0;evil', 'a'],
  ['the clipboard', '\u001b]52;c;cm0gLXJmIC8K\u0007', ''],
  ['a reset', '\u001bcx', 'x'],
  ['another set of characters', '\u001b(Bx', 'x'],
  ['control sequences in one byte', '\u009b2Jx', 'x'],
  ['a lone escape', 'x\u001b', 'x\uFFFD'],
  ['a bell', 'x\u0007', 'x\uFFFD'],
  ['going back over a line', 'rm -rf /\rls', 'rm -rf /\uFFFDls'],
  ['line ends of terminals', 'a\r\nb\r\r\nc', 'a\nb\nc'],
  ['text turned around', 'a\u202egnp.exe\u2066', 'a\uFFFDgnp.exe\uFFFD'],
  ['tabs and new lines', 'a\tb\n', 'a\tb\n'],
  ['other writing', 'שלום 日本 🦆', 'שלום 日本 🦆'],
])('%s', (_, text, expected) => {
  expect(harmless(text)).toBe(expected);
});

test('whatever the text, nothing is left that a terminal obeys', () => {
  const piece = fc.constantFrom(
    '\u001b',
    '[',
    ']',
    '0;',
    'm',
    '\u0007',
    '\u009b',
    '\\',
    'x',
    '\r',
    '\n',
    '\u202e',
    '🦆',
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      (text) => {
        expect(harmless(text)).not.toMatch(/(?![\n\t])[\p{Cc}\u202e]/u);
      },
    ),
  );
});
