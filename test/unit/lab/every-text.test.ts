/** Each text field of the schema, with each hostile text: refused at its place, or in the seed exactly as it was written. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { fillSecrets, secretsIn } from '../../../src/action/secrets.ts';
import { parseLab } from '../../../src/lab/validate.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { type SchemaPath, textPlaces } from '../../setup/lab-arbitrary.ts';
import { hostileTexts, refusedTexts } from '../seed/seed-input.ts';

const more = [
  ...[
    '~',
    'No',
    'OFF',
    '017',
    '0o17',
    '-0',
    '+1',
    '1:20',
    '0b1',
    '.5',
    '2001-01-01 00:00:00',
    'NaN',
    '!!binary x',
    '? x\n: y',
  ],
  ...[
    '\u0085',
    '\u061c',
    '\u2066x\u2069',
    '\u200b',
    '\ufeffx',
    'x\ufffe',
    '\u{1f3f4}\u{e0067}\u{e007f}',
    '\ud83e',
    '\udd86x',
  ],
  ...[
    ' x ',
    '\u00a0x',
    '--',
    '-rf',
    '../../x',
    '/x/../y',
    'x/y',
    '%s%n',
    '$(id)',
    '`id`',
    ';id',
    '|id',
    "'; drop",
    'x=y',
    ',',
  ],
  ...[
    '{{{',
    '{{else}}',
    '{{/each}}',
    '{{> x}}',
    '"\nrun: x',
    "'\nrun: x",
    '\n  - x',
    '\n\nrun_cmd:',
    'x'.repeat(70_000),
  ],
];
const hostile = [...new Set([...hostileTexts, ...refusedTexts, ...more])];

const samples: Readonly<Record<string, string>> = { path: '/srv/a', content: 'x' };

/** A lab file with a text at a place of the schema: `*` is a key. */
function labWith(place: SchemaPath, text: string): string {
  const [top = '', ...rest] = place;
  const put = (at: SchemaPath): unknown => {
    const [head, ...tail] = at;
    if (head === undefined) return text;
    if (head === '0') return [put(tail)];
    // A null of the schema's own, or a value that fits: for a VM nothing, for a name in /etc/hosts an address.
    if (head === '*')
      return { [text]: place.includes('hosts') ? '9.9.9.9' : place.includes('cloud_config') ? 'x' : {} };
    return { ...(place.includes('files') && at.length === 1 ? samples : {}), [head]: put(tail) };
  };
  const value = put(rest);
  const document = { vms: { vm1: {} }, [top]: value };
  return JSON.stringify(document, undefined, 1);
}

interface Kept {
  readonly place: string;
  readonly text: string;
  readonly seed: { readonly userData: string; readonly metaData: string; readonly networkConfig: string };
}

function seedOf(source: string): Kept['seed'] | undefined {
  const parsed = parseLab(source, 'lab.yaml', { sandbox: false });
  if (!parsed.ok) return undefined;
  const plan = planLab({ lab: parsed.lab, facts, roots, date: 0 });
  const [seed] = specsOf(plan).flatMap((spec) => (spec.kind === 'seed' ? [spec.files] : []));
  if (seed === undefined) return undefined;
  // As when it is written: with its secrets in their places.
  const values = secretsIn(seed.userData).map((name) => [name, 'key or hash'] as const);
  return { ...seed, userData: fillSecrets(seed.userData, new Map(values)) };
}

const kept: Kept[] = [];
let refused = 0;

test.each(textPlaces().map((place) => ({ place, name: place.join('.') })))(
  '$name: each hostile text is refused where it stands, or becomes a plan',
  ({ place, name }) => {
    for (const text of hostile) {
      const source = labWith(place, text);
      const seed = seedOf(source);
      if (seed !== undefined) {
        kept.push({ place: name, text, seed });
        continue;
      }
      refused += 1;
      const parsed = parseLab(source, 'lab.yaml', { sandbox: false });
      const diagnostics = parsed.ok ? [] : parsed.diagnostics;
      const lines = source.split('\n');
      const own = lines.findIndex((line) => line.includes(JSON.stringify(text))) + 1;
      expect(own).toBeGreaterThan(0);
      expect(
        diagnostics.map(({ position }) => position.line),
        `${name}: ${JSON.stringify(text)}`,
      ).toContain(own);
      for (const { position } of diagnostics) {
        expect(position.file).toBe('lab.yaml');
        expect(position.column).toBeLessThanOrEqual((lines[position.line - 1] ?? '').length + 1);
      }
    }
  },
);

/** Debian's own Python, whose yaml is the reader that cloud-init uses. */
const reader = `
import json, sys, yaml
json.dump([yaml.safe_load(text.encode()) for text in json.load(sys.stdin)], sys.stdout)
`;

test('what is kept is in the seed as it was written, and nothing with it, by PyYAML’s reading', {
  timeout: 120_000,
}, () => {
  expect([kept.length > 300, refused > 2_000]).toEqual([true, true]);
  const texts = kept.flatMap(({ seed }) => [seed.userData, seed.metaData, seed.networkConfig]);
  const output = execFileSync('/usr/bin/python3', ['-c', reader], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  const found = JSON.parse(output) as unknown[];
  // That this is what was meant, planning has proved: with the other reader.
  expect(found).toEqual(texts.map((text) => parseYaml(text, { version: '1.1' }) as unknown));
  const usual = new Set(
    keysOf(parseYaml(seedOf('{"vms": {"vm1": {"run": ["x"], "packages": ["xx"]}}}')?.userData ?? '')),
  );
  for (const [index, { place, text }] of kept.entries()) {
    const userData = found[3 * index];
    // A password only as its hash.
    const ofSeed = /^vms\.vm1\.(?:hostname|user|packages|files|run|ssh_keys|cloud_config)/.test(place);
    const isKey = place.endsWith('cloud_config.*');
    if (isKey) expect(keysOf(userData)).toContain(text);
    else if (ofSeed) expect(leaves(userData), `${place}: ${JSON.stringify(text)}`).toContain(text);
    const strange = keysOf(userData).filter((key) => !usual.has(key) && key !== 'locale' && key !== 'vm1');
    expect(strange).toEqual(isKey && !usual.has(text) ? [text] : []);
  }
});

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function leaves(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value];
}
