import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readUtf8 } from '../../../src/lab/utf8.ts';
import { formatDiagnostics } from '../../../src/report/diagnostic.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** What a user is shown; the text itself where nothing is wrong. */
function shown(bytes: Buffer): string {
  const read = readUtf8(bytes, 'lab.yaml');
  return typeof read === 'string' ? read : formatDiagnostics([read.mistake], read.shown);
}

test.each(['', 'a', 'name: lab\n', 'ä\u2028\ufffd😀', '\ufeffname: lab\n'])('%j is text', (text) => {
  expect(readUtf8(Buffer.from(text), 'lab.yaml')).toBe(text);
});

test('any text comes back as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 3 }), (text) => {
      expect(readUtf8(Buffer.from(`ab${text}`), 'lab.yaml')).toBe(`ab${text}`);
    }),
  );
});

describe('the first byte that is none of UTF-8 is told at its place', () => {
  test.each([
    ['in the first line', latin1('name: ü'), '1:7', '0xFC'],
    ['in a line below', latin1('a: 1\nb: 2\nc: Grüße\nd: ß\n'), '3:6', '0xFC'],
    ['behind a character of UTF-8', Buffer.concat([Buffer.from('ä: '), latin1('ö')]), '1:4', '0xF6'],
    [
      'behind one that stands for such a byte',
      Buffer.concat([Buffer.from('\ufffd'), latin1('ö')]),
      '1:2',
      '0xF6',
    ],
    ['behind a mark of byte order', Buffer.concat([Buffer.from('\ufeffa: '), latin1('ö')]), '1:4', '0xF6'],
    ['of a character that is cut off', Buffer.from('a: ä').subarray(0, 4), '1:4', '0xC3'],
    ['of one that is longer than it need be', Buffer.of(0x61, 0xc0, 0xaf), '1:2', '0xC0'],
    ['of half a pair of surrogates', Buffer.of(0x61, 0xed, 0xa0, 0x80), '1:2', '0xED'],
    ['with other line ends', latin1('a: 1\r\nb: é\r\n'), '2:4', '0xE9'],
  ])('%s', (_, bytes, place, byte) => {
    const [first] = shown(bytes).split('\n');
    expect(first).toContain(`lab.yaml:${place}: the file is not in UTF-8: the byte ${byte} stands here`);
  });
});

test('the line is shown, its secrets masked, and what to type', () => {
  expect(shown(latin1('vms:\n  vm1:\n    password: "Grüße-2026"\n'))).toBe(
    [
      'lab.yaml:3:18: the file is not in UTF-8: the byte 0xFC stands here, which is "ü" in ISO-8859-1',
      '  3 |     password: ************',
      '    |                  ^',
      '  save it as UTF-8, in your editor or so: iconv -f WINDOWS-1252 -t UTF-8 lab.yaml > new.yaml',
    ].join('\n'),
  );
});

describe('UTF-16 is called so', () => {
  const text = 'vms: {vm1: {password: geheim}}\n';
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(little).swap16();
  test.each([
    ['little end first', little],
    ['big end first', big],
    ['with its mark', Buffer.concat([Buffer.of(0xff, 0xfe), little])],
    ['with its other mark', Buffer.concat([Buffer.of(0xfe, 0xff), big])],
    ['cut in the middle', little.subarray(0, 31)],
  ])('%s', (_, bytes) => {
    const says = shown(bytes);
    expect(says).toContain('lab.yaml:1:1: the file is in UTF-16, two bytes a character');
    expect(says).toContain('iconv -f UTF-16 -t UTF-8');
    expect(says).not.toContain('geh');
  });
});
