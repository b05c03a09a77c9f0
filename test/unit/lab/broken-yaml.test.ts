/** What is no YAML, or YAML that a lab file does without: each an error at a place in the file, within a second. */
import { expect, test } from 'vitest';
import { parseLab } from '../../../src/lab/validate.ts';

const rest = '\nvms: {vm1: }\n';

/** On a line of their own. */
const lines = [
  ...[
    'name: [',
    'name: ]',
    'name: {',
    'name: }',
    'name: [a',
    'name: [a}',
    'name: {a]',
    'name: {a: b',
    'name: [a, b',
    'name: [[a]',
  ],
  ...[
    'name: "a',
    "name: 'a",
    'name: "a" b',
    "name: 'a' b",
    'name: "a"b"',
    'name: "\\x"',
    'name: "\\q"',
    'name: "\\u12"',
    'name: "\\U00110000"',
    "name: 'a'': b",
  ],
  ...[
    'name: a: b',
    'name: - a',
    'name: ? a',
    'name: a\n  b: c',
    'name: a\n - b',
    '  name: a',
    'name\n: a',
    ': a',
    ': : a',
    '- name',
  ],
  ...[
    'name: @a',
    'name: `a',
    'name: %a',
    'name: ,',
    'name: |a',
    'name: >a',
    'name: |0',
    'name: |12',
    'name: |-+',
    'name: |\n a\nb',
  ],
  ...[
    'name: &',
    'name: *',
    'name: &a',
    'name: *a',
    'name: &a &b c',
    'name: &a *b',
    '&a name: b',
    '*a : b',
    'name: &a b\nimage: *a',
    '? &a b\n: *a',
  ],
  ...[
    'name: !',
    'name: !!',
    'name: !a b',
    'name: !!str a',
    'name: !!binary YQ==',
    'name: !<x> a',
    'name: !<x a',
    'name: !e!x a',
    '!x name: a',
    'name: !!python/object:os.system id',
  ],
  ...[
    '<<: {}',
    '<<: *a',
    '<<: [{}]',
    '__proto__: {}',
    '{}: a',
    '[a]: b',
    '? {a: b}\n: c',
    '? [a]',
    '? - a\n  - b\n: c',
    'null: a',
  ],
  ...[
    'name: a\nname: b',
    '"name": a\nname: b',
    '\'name\': a\n"name": b',
    'host: {forwarding: global, forwarding: interface}',
    'networks: [{name: a, name: b}]',
  ],
  ...['\tname: a', 'host:\n\tforwarding: global', 'host: {\n\t}\n\tx', 'name:\ta: b', '- \t- a'],
  ...[
    '%YAML 1.2',
    '%YAML 1.1\n---',
    '%TAG ! x\n---',
    '%FOO\n---',
    '%',
    '---\na: b\n---',
    '...\na',
    '--- a\n--- b',
    '--- |\n a',
  ],
  ...[
    'name: a\u0000',
    'name: \u0007',
    '# \u001b',
    'name: a\u0085',
    'name: \u009b',
    'name: a\rimage: b',
    '\u007f: a',
    'name: \ud800',
  ],
  ...['name: 99999999999999999999', 'name: 0x1f', 'name: .nan', 'name: ~', 'name: 1e999', 'name: 0o17'],
];

test('are at least ninety', () => {
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.length).toBeGreaterThanOrEqual(90);
});

const placed = (text: string) => {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  const found = parsed.ok ? [] : parsed.diagnostics;
  const all = text.replace(/^\uFEFF/, '').split('\n');
  for (const { position, message } of found) {
    expect(message).not.toBe('');
    expect(position.column).toBeGreaterThanOrEqual(1);
    expect(position.column).toBeLessThanOrEqual((all[position.line - 1] ?? '').length + 1);
  }
  return found;
};

test.each(lines)('%j', (line) => {
  for (const text of [
    line + rest,
    `${rest.trim()}\n${line}`,
    `vms:\n  vm1:\n    cloud_config:\n${indented(line)}\n`,
  ]) {
    const found = placed(text);
    // In a raw cloud-config some of them are just values.
    if (!text.includes('cloud_config')) expect(found.length, text).toBeGreaterThan(0);
  }
});

const indented = (line: string) =>
  line
    .split('\n')
    .map((one) => `      ${one}`)
    .join('\n');

test.each([
  [
    'a bomb of aliases',
    `a: &a [x]\n${'bcdefghijklmnopqrstuvwxyz'
      .split('')
      .map((key) => `${key}: &${key} [${`*${String.fromCharCode(key.charCodeAt(0) - 1)},`.repeat(9)}]`)
      .join('\n')}`,
  ],
  ['ten megabytes of one word', `name: ${'a'.repeat(10_000_000)}`],
  ['ten megabytes of lines', 'a: b\n'.repeat(2_000_000)],
  ['ten megabytes of brackets', '['.repeat(10_000_000)],
  ['ten megabytes of quotes', '"'.repeat(10_000_000)],
  ['ten megabytes of zeros', '\0'.repeat(10_000_000)],
  ['ten megabytes of characters outside the first plane', '🦆'.repeat(2_500_000)],
  ['a megabyte of one word', `name: ${'a'.repeat(1_040_000)}`],
  ['a megabyte of open quotes', `name: ${'"a '.repeat(340_000)}`],
  ['a megabyte of blanks', `name:${' '.repeat(1_040_000)}]`],
  ['a megabyte of empty lines', `name: [${'\n'.repeat(1_040_000)}`],
  ['a megabyte of comments', `${'#a\n'.repeat(340_000)}]`],
  ['a megabyte of colons', ':'.repeat(1_040_000)],
  ['a megabyte of block text', `name: |\n${'  a\n'.repeat(250_000)}b`],
  ['a megabyte of folded text', `name: >\n${'  a\n\n'.repeat(200_000)}b`],
  ['a megabyte of escapes', `name: "${'\\x41'.repeat(255_000)}`],
  ['a megabyte of tabs', '\t'.repeat(1_040_000)],
  ['sixty thousand keys', Array.from({ length: 14_900 }, (_, index) => `k${index}: 1`).join('\n')],
])('%s ends soon', (_, text) => {
  expect(placed(text).length).toBeGreaterThan(0);
  // Milliseconds of processor, and the best of three: a busy machine is no defect.
  const times = [1, 2, 3].map(() => {
    const started = process.cpuUsage();
    parseLab(text, 'lab.yaml', { sandbox: false });
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
  });
  expect(Math.min(...times)).toBeLessThan(1_000);
});
