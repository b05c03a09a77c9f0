/** The fast reading of YAML 1.1 gives what the library gives, whatever the text. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readYaml } from '../../../src/seed/read-yaml.ts';
import { yamlValue } from '../../../src/seed/yaml-value.ts';

/** What came of reading: the value, or that there is none. */
function outcome(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch {
    return 'no YAML';
  }
}

function same(text: string): void {
  expect(outcome(() => readYaml(text))).toEqual(
    outcome(() => parse(text, { version: '1.1', logLevel: 'error' })),
  );
}

describe('the same as the YAML reader:', () => {
  test.each([
    ['quoted values', 'a: "1"\nb: ["x", {"k": "v", "n": 2}]\n'],
    ['escapes', `${String.raw`a: "\"\\\b\f\n\r\té\u2028\u0085"`}\n`],
    ['a surrogate pair as escapes, which YAML 1.1 has not', `${String.raw`a: "\ud83d\ude00"`}\n`],
    ['an escape that JSON alone has', `${String.raw`a: ["\/x", "y"]`}\n`],
    ['an escape that YAML alone has', `${String.raw`a: ["\x41", "y"]`}\n`],
    ['a value over two lines', 'a: "x\n  y"\n'],
    ['quotes in a plain text', 'a: say "x" and "y"\n'],
    ['quotes in single quotes', `a: 'say "x"'\n`],
    ['quotes in a block of text', 'a: |\n  "x"\n  say "y"\n'],
    ['quotes in a comment', 'a: 1 # "x"\n# "y"\nb: "z"\n'],
    ['what looks like a comment in a block of text', 'a: |\n  x\n  # y\nb: "z"\n'],
    ['the same in a text that goes on', 'a: x\n  # y\nb: "z"\n'],
    ['the same in quotes', 'a: "x\n  # y"\nb: "z"\n'],
    ['the same in a set', 'a: !!set {"x # y"}\nb: "z" # c\n'],
    ['quotes that do not close', 'a: "x\nb: "y"\n'],
    ['quoted keys', '"a": "x"\n"b" : "y"\n? "c"\n: "z"\n'],
    ['a quoted key twice', 'm: {"a": "x", "a": "y"}\n'],
    ['a key that JavaScript knows', '"__proto__": "x"\n__proto__: {"y": "z"}\n'],
    ['a merge, and its sign in quotes', 'm: {<<: {a: "x"}, "<<": "y"}\n'],
    ['an anchor and its alias', 'a: &x "v"\nb: *x\n'],
    ['a tag', 'a: !!int "3"\nb: !!binary "aGk="\nc: !!set {"x"}\n'],
    ['words of YAML 1.1', 'a: yes\nb: on\nc: 1:30\nd: 017\ne: 2020-01-01\nf: ~\n'],
    ['a text that looks like what stands for a value', 'a: "@value-0@"\nb: "x @value-1@"\nc: "y"\n'],
    ['the same in a block of text', 'a: |-\n  @value-0@\nb: "y"\n'],
    ['the same without quotes', 'a: x@value-0@\nb: "y"\n'],
    ['values that touch', 'a: "x""y"\nb: "z"\n'],
    ['two documents', 'a: "x"\n---\nb: "y"\n'],
    ['nothing', ''],
    ['a value alone', '"x"'],
  ])('%s', (_, text) => same(text));

  const pieces = [
    '"',
    '\\',
    "'",
    ':',
    ': ',
    ' ',
    '\n',
    '\n  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '#',
    ' # ',
    '|',
    '>',
  ];
  const more = [
    'a',
    'b"',
    '"c"',
    '"d": ',
    '@value-0@',
    '@value-1@',
    '&x ',
    '*x',
    '!!str ',
    '? ',
    '\t',
    '\u2028',
    '\u{1f600}',
  ];

  test('any text', () => {
    const text = fc
      .array(fc.constantFrom(...pieces, ...more), { maxLength: 30 })
      .map((parts) => parts.join(''));
    fc.assert(fc.property(text, same), { numRuns: 2_000 });
  });

  test('any value, as the templates write it', () => {
    const value = fc
      .jsonValue({ noUnicodeString: false })
      .filter((one) => outcome(() => yamlValue(one)) !== 'no YAML');
    fc.assert(fc.property(value, (one) => same(`key: ${yamlValue(one)}\nlist:\n  - ${yamlValue(one)}\n`)));
  });
});

test('a text is told from another that differs in one value, or around it', () => {
  for (const text of ['a: "x"', 'a: "y"', 'b: "x"', 'a: ["x"]', 'a: "x"']) same(text);
});
