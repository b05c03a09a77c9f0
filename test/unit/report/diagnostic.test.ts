import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/lab/mistake.ts';
import { parseLab } from '../../../src/lab/validate.ts';
import { formatDiagnostics } from '../../../src/report/diagnostic.ts';

const at = (line: number, column: number, rest: Partial<Diagnostic> = {}): Diagnostic => ({
  position: { file: 'lab.yaml', line, column },
  message: 'no',
  ...rest,
});

const shown = (text: string) => {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  return parsed.ok ? '' : formatDiagnostics(parsed.diagnostics, text);
};

test('file, place, line, caret, hint', () => {
  expect(shown('name: lab\nvms:\n  vm1:\n    adress: 192.168.6.1\n')).toBe(
    [
      'lab.yaml:4:5: unknown key "adress"',
      '  4 |     adress: 192.168.6.1',
      '    |     ^~~~~~',
      '  did you mean "address"?',
    ].join('\n'),
  );
});

test('two mistakes, one after the other', () => {
  expect(shown('imge: x\nvms: {vm1: {cpus: 0}}\n')).toBe(
    [
      'lab.yaml:1:1: unknown key "imge"',
      '  1 | imge: x',
      '    | ^~~~',
      '  did you mean "image"?',
      'lab.yaml:2:19: "cpus" is too small: at least 1',
      '  2 | vms: {vm1: {cpus: 0}}',
      '    |                   ^',
    ].join('\n'),
  );
});

test('a hint that several have stands once, below the last of them', () => {
  const text = 'vms:\n  vm1:\n    cloud_config: {user: a, hostname: b, chpasswd: c}\n';
  const instead = shown(text)
    .split('\n')
    .filter((line) => line.startsWith('  instead: '));
  expect(instead).toEqual(['  instead: hostname', '  instead: user, groups, password and ssh_keys']);
  expect(shown(text).split('\n').at(-1)).toBe('  instead: user, groups, password and ssh_keys');
});

describe('a caret stands below its place', () => {
  test.each([
    ['after a tab', '\tx: 1', at(1, 2, { length: 1 }), ['  1 |  x: 1', '    |  ^']],
    ['with a mark of byte order', '\uFEFFx: 1', at(1, 1), ['  1 | x: 1', '    | ^']],
    ['with other line ends', 'a: 1\r\nx: 1\r\n', at(2, 1), ['  2 | x: 1', '    | ^']],
    ['at the end of a line', 'a: "x', at(1, 6), ['  1 | a: "x', '    |      ^']],
    [
      'to the end of the line, not further',
      'a: "x\n  y"',
      at(1, 4, { length: 7 }),
      ['  1 | a: "x', '    |    ^~'],
    ],
    ['in a line far down', `${'\n'.repeat(99)}x: 1`, at(100, 1), ['  100 | x: 1', '      | ^']],
    ['in an empty file', '', at(1, 1), ['  1 | ', '    | ^']],
    ['below the last line', 'a\n', at(9, 1), ['  9 | ', '    | ^']],
  ] as const)('%s', (_, text, diagnostic, lines) => {
    expect(formatDiagnostics([diagnostic], text).split('\n').slice(1)).toEqual(lines);
  });
});

test('a line without end is cut, and not shown when the place is cut off', () => {
  const text = 'x'.repeat(5000);
  const near = formatDiagnostics([at(1, 1, { length: 5000 })], text).split('\n');
  expect(near.map((line) => line.length)).toEqual([16, 166, 166]);
  expect(formatDiagnostics([at(1, 4000)], text)).toBe('lab.yaml:1:4000: no');
});

test('nothing that a terminal would obey gets through', () => {
  const text = '"\u001b[2J\u0007\u009b": 1\n';
  const hostile = at(1, 1, { message: 'unknown key "\u001b[2J"', hint: '\u001b]0;x\u0007' });
  const control = /[^\P{Cc}\n]/u;
  expect(formatDiagnostics([hostile], text)).not.toMatch(control);
  expect(shown(text)).not.toMatch(control);
  expect(shown('"\\e[2J": 1\n')).not.toMatch(control);
});

test('no mistakes, no text', () => {
  expect(formatDiagnostics([], 'abc')).toBe('');
});
