import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { textFlaw, yamlValue } from '../../../src/seed/yaml-value.ts';
import { harmless } from '../../../src/text/harmless.ts';
import { hostileText, hostileTexts } from './seed-input.ts';

/** Characters around those that turn the direction of text. */
const bidirectional = fc
  .oneof(fc.integer({ min: 0x2000, max: 0x2070 }), fc.integer({ min: 0x610, max: 0x620 }))
  .map((code) => String.fromCharCode(code));

const read = (text: string): unknown => parse(`value: ${text}\n`, { version: '1.1' });

describe('yamlValue', () => {
  it.each(hostileTexts)('carries %j', (text) => {
    expect(read(yamlValue(text))).toEqual({ value: text });
  });

  it('writes text as JSON, so that a reader knows it', () => {
    expect(yamlValue('a "b"\n\tc\\é😀')).toBe(JSON.stringify('a "b"\n\tc\\é😀'));
  });

  it('escapes what YAML 1.1 takes for a line break or refuses', () => {
    expect(yamlValue('\u2028\u2029\ufeff\ufffe\uffff')).toBe('"\\u2028\\u2029\\ufeff\\ufffe\\uffff"');
  });

  it('escapes what turns the direction of text, and nothing else that is printed as it is', () => {
    expect(yamlValue('a\u202eb\u061c\u200e\u200f\u2066\u2069')).toBe(
      '"a\\u202eb\\u061c\\u200e\\u200f\\u2066\\u2069"',
    );
    expect(yamlValue('\u061b\u200d\u2010\u202f\u2065\u206aאב')).toBe(
      '"\u061b\u200d\u2010\u202f\u2065\u206aאב"',
    );
  });

  it('is printed by plan as it is written: a terminal has nothing to obey in it', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.string({ unit: bidirectional })), (text) => {
        if (textFlaw(text) !== undefined) return;
        expect(harmless(yamlValue(text))).toBe(yamlValue(text));
        expect(read(yamlValue(text))).toEqual({ value: text });
      }),
    );
  });

  it('writes a number with an exponent so that PyYAML takes it for one', () => {
    expect([1e21, 1e-7, 1.5e-7, -2e300, 5, 0.5].map(yamlValue)).toEqual([
      '1.0e+21',
      '1.0e-7',
      '1.5e-7',
      '-2.0e+300',
      '5',
      '0.5',
    ]);
    expect(yamlValue(-0)).toBe('-0.0');
  });

  it('carries every JSON value but null and text with a flaw', () => {
    const value = fc
      .jsonValue()
      .filter((json) => json !== null && textFlaw(JSON.stringify(json)) === undefined);
    fc.assert(
      fc.property(value, (json) => {
        expect(read(yamlValue(json))).toEqual({ value: json });
      }),
    );
  });

  it('either carries any text or refuses it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostileText,
          fc.string({ unit: fc.integer({ max: 0xffff }).map((code) => String.fromCharCode(code)) }),
        ),
        (text) => {
          if (textFlaw(text) === undefined) expect(read(yamlValue(text))).toEqual({ value: text });
          else expect(() => yamlValue(text)).toThrow('a seed cannot hold the character U+');
        },
      ),
    );
  });

  it.each([undefined, null])('refuses %s, which a gap in a template gives', (value) => {
    expect(() => yamlValue(value)).toThrow('asks for a value');
  });

  it('keeps null inside a value', () => {
    expect(yamlValue([null, { a: null }])).toBe('[null, {"a": null}]');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1n, Symbol('x'), () => 1, [undefined], { a: undefined }])(
    'refuses what JSON cannot hold: %s',
    (value) => {
      expect(() => yamlValue(value)).toThrow('a seed cannot hold');
    },
  );
});

describe('textFlaw', () => {
  it.each([
    ['\u007f', 'U+007F'],
    ['ab\u0085', 'U+0085'],
    ['\u009f', 'U+009F'],
    ['\ud83d', 'U+D83D'],
    ['\ude00\ud83d', 'U+DE00'],
  ])('names the character in %j', (text, name) => {
    expect(textFlaw(text)).toBe(`the character ${name}`);
  });

  it('finds none in text with pairs of surrogates and C0 controls', () => {
    expect(textFlaw('\0\n😀\u00a0')).toBeUndefined();
  });
});
