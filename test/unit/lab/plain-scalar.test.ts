/** Words without quotes in a cloud_config: what labnet reads and writes is what PyYAML, cloud-init's reader, reads there. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readPlainScalar } from '../../../src/lab/plain-scalar.ts';
import { parseLab } from '../../../src/lab/validate.ts';
import { yamlValue } from '../../../src/seed/yaml-value.ts';
import { seed } from '../../setup/seed.ts';

describe('a word is', () => {
  test.each<[string, unknown]>([
    ...['yes', 'Yes', 'YES', 'on', 'On', 'true', 'TRUE'].map((word): [string, boolean] => [word, true]),
    ...['no', 'No', 'NO', 'off', 'OFF', 'false', 'False'].map((word): [string, boolean] => [word, false]),
    ...['y', 'n', 'yEs', 'oN', 'noo', 'nUll'].map((word): [string, string] => [word, word]),
    ...['~', 'null', 'Null', 'NULL', ''].map((word): [string, null] => [word, null]),
    ['0755', 0o755],
    ['0644', 0o644],
    ['0o644', '0o644'],
    ['08', '08'],
    ['-0', 0],
    ['00', 0],
    ['0x1F', 31],
    ['0b101', 5],
    ['-0b1', -1],
    ['1_000', 1000],
    ['+12', 12],
    ['1:30', 90],
    ['-1:30:00', -5400],
    ['0:30', '0:30'],
    ['1:60', '1:60'],
    ['1:30.5', 90.5],
    ['.5', 0.5],
    ['-.5', '-.5'],
    ['1e3', '1e3'],
    ['1.5e3', '1.5e3'],
    ['1.5e-3', 0.0015],
    ['1.10', 1.1],
    ['1.2.3', '1.2.3'],
    ['2001-1-1', '2001-1-1'],
    ['_', '_'],
  ])('%s', (source, value) => {
    expect(readPlainScalar(source)).toEqual({ value });
  });

  test.each([
    ['2026-11-30', 'a date', '"2026-11-30" in quotes'],
    ['2026-11-30T10:00:00Z', 'a date', '"2026-11-30T10:00:00Z" in quotes'],
    ['2026-1-3 1:02:03 +01:00', 'a date', 'in quotes'],
    ['=', 'cannot read this', '"=" in quotes'],
    ['<<', 'cannot read this', '"<<" in quotes'],
    ['0x_', 'cannot read this', '"0x_" in quotes'],
    ['._1', 'cannot read this', '"._1" in quotes'],
    ['.inf', 'no number that a seed can hold', '".inf" in quotes'],
    ['.NaN', 'no number that a seed can hold', '".NaN" in quotes'],
    ['1.0', 'without the point', '1, or "1.0" in quotes'],
    ['-0.0', 'without the point', '0, or "-0.0" in quotes'],
    ['1.0e+3', 'without the point', '1000, or "1.0e+3" in quotes'],
    ['1.0e+999', 'too large', '"1.0e+999" in quotes'],
    ['1.0e+20', 'too large', '"1.0e+20" in quotes'],
  ])('%s is refused, with the spelling that is safe', (source, refused, instead) => {
    expect(readPlainScalar(source)).toEqual({
      refused: expect.stringContaining(refused),
      instead: expect.stringContaining(instead),
    });
  });
});

/** Debian's own Python: [type, value as Python prints it], or null where it has none. */
const reader = `
import json, sys, yaml
def read(text):
    try:
        value = yaml.safe_load(text)['x']
        return [type(value).__name__, repr(value)]
    except Exception:
        return None
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`;

type Read = readonly [type: string, value: string] | null;

function pyYaml(texts: readonly string[]): readonly Read[] {
  const options = { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  return JSON.parse(execFileSync('/usr/bin/python3', ['-c', reader], options)) as Read[];
}

/** What Python has and a seed of labnet's cannot carry; `._1` is a number for PyYAML 5.3 alone. */
function beyondSeeds(source: string, read: Read): boolean {
  if (read === null || source.startsWith('._')) return true;
  const [type, value] = read;
  if (type === 'date' || type === 'datetime') return true;
  return type === 'float' && (/^-?(?:inf|nan)$/.test(value) || Number.isInteger(Number(value)));
}

const known = [
  ...['yes', 'No', 'ON', 'off', 'true', 'False', 'null', '~', '0755', '0o7', '1:30', '1_0', '0b1', '0xf'],
  ...['1e3', '.5', '1.', '2026-11-30', '2026-1-3T1:02:03.4Z', '.inf', '-.INF', '.nan', '=', '<<', '+1', '-0'],
];

const anyWord = fc.oneof(
  fc.constantFrom(...known),
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 4 }),
  fc.string({ unit: fc.constantFrom(...'0123456789abxo_:.+-eE'), minLength: 1, maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(...'01_:.e+-'), minLength: 1, maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(...'yesnoYNofFtrueTRUElL~=<'), minLength: 1, maxLength: 5 }),
  fc
    .tuple(fc.constantFrom(...known), fc.constantFrom(...'0159_:.-+exbZoO'), fc.nat(8))
    .map(([word, sign, at]) => `${word.slice(0, at)}${sign}${word.slice(at)}`),
);

it(`PyYAML reads from the seed what it reads from the user's own text (seed ${seed})`, () => {
  const words = [...new Set([...known, ...fc.sample(anyWord, { numRuns: 6_000, seed })])]
    // Digits beyond JavaScript's numbers are refused for the whole file (refused.ts); these are no plain words.
    .filter((word) => !/\d{16}/.test(word.replaceAll('_', '')) && !/^[-?:](?:$|\s)|^---|:$/.test(word));
  const theirs = pyYaml(words.map((word) => `x: ${word}`));
  const outcomes = words.map((word) => readPlainScalar(word));
  const carried = pyYaml(outcomes.map((one) => ('value' in one ? `x: ${yamlValue([one.value])}` : 'x: []')));
  const wrong = words.filter((word, index) => {
    const [their, outcome, seen] = [theirs[index] ?? null, outcomes[index], carried[index]];
    if (outcome === undefined || 'refused' in outcome) return !beyondSeeds(word, their);
    return JSON.stringify(seen) !== JSON.stringify(their && ['list', `[${their[1]}]`]);
  });
  expect(wrong).toEqual([]);
  expect(outcomes.filter((one) => 'value' in one && typeof one.value !== 'string').length).toBeGreaterThan(
    500,
  );
});

const lab = (config: string) => `vms:\n  vm1:\n    cloud_config:\n${config.replaceAll(/^/gm, '      ')}\n`;

function mistakes(text: string): readonly string[] {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  if (parsed.ok) return [];
  return parsed.diagnostics.map(({ position: { line, column }, message }) => `${line}:${column} ${message}`);
}

function configOf(text: string): unknown {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  if (!parsed.ok) throw new Error(mistakes(text).join('\n'));
  return parsed.lab.vms[0]?.cloudConfig;
}

describe('the cloud_config of a lab file', () => {
  it('is read as cloud-init reads it, in lists and maps and at any depth', () => {
    const text = lab(
      'ca-certs: {remove-defaults: no}\nwrite_files:\n  - {path: /a, permissions: 0755}\n  - {path: /b, permissions: 0o644, content: 1e3}\nx: [[on, 1:30], "no"]\ny: |-\n  0755',
    );
    expect(configOf(text)).toEqual({
      'ca-certs': { 'remove-defaults': false },
      write_files: [
        { path: '/a', permissions: 0o755 },
        { path: '/b', permissions: '0o644', content: '1e3' },
      ],
      x: [[true, 90], 'no'],
      y: '0755',
    });
  });

  it('says in which line something cannot be carried, and what can', () => {
    expect(mistakes(lab('a: 1\nb: {c: [2026-11-30]}\nd: =\ne: 1.0\nf: 99999999999999999999'))).toEqual([
      '5:15 cloud-init would read a date here: write "2026-11-30" in quotes',
      '6:10 cloud-init cannot read this: write "=" in quotes',
      '7:10 a seed would say this without the point: write 1, or "1.0" in quotes',
      '8:10 a number of so many digits would be rounded: a text of digits is written in quotes',
    ]);
  });

  it.each(['no', '1', '0755', '~', '2026-11-30', '1.5'])('takes the key %s in quotes alone', (key) => {
    expect(mistakes(lab(`a: {${key}: b}`))).toEqual([
      `4:11 cloud-init would not read this key as text: write "${key}" in quotes`,
    ]);
    expect(configOf(lab(`a: {"${key}": b}`))).toEqual({ a: { [key]: 'b' } });
  });

  it('does not repeat what is secret', () => {
    const config = 'a: x\nwrite_files: [{path: /a, content: 2026-11-30}]\nssh: {rsa_private: [1.0]}';
    expect(mistakes(lab(config))).toEqual([
      '5:41 cloud-init would read a date here: write it in quotes',
      '6:27 a seed would say this without the point: write it in quotes',
    ]);
  });

  it("leaves labnet's own keys as YAML 1.2 has them: a user called no, a password that is off", () => {
    const parsed = parseLab('vms: {vm1: {user: no, password: off}}', 'lab.yaml', { sandbox: false });
    expect(parsed).toMatchObject({ ok: true, lab: { vms: [{ user: 'no', password: 'off' }] } });
  });
});
