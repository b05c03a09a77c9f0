/** Labs made from the schema itself, thousands of them: the right ones become plans, the wrong ones are explained. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseLab } from '../../../src/lab/validate.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { formatDiagnostics } from '../../../src/report/diagnostic.ts';
import { planScript, undoScript } from '../../../src/report/script.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { labDocument, textPlaces, validTextAt } from '../../setup/lab-arbitrary.ts';
import { seed } from '../../setup/seed.ts';

const runs = 2_000;

/** The same document as JSON, and as YAML of the ordinary kind. */
const written = fc.tuple(labDocument, fc.boolean()).map(([document, json]) => ({
  document,
  text: json ? JSON.stringify(document, undefined, 1) : stringify(document),
}));

const parse = (text: string) => parseLab(text, 'lab.yaml', { sandbox: false });

/** Of the whole lab, not of a field: what the schema alone cannot rule out. */
const ofTheWhole =
  /already|outside|cannot be 0|means something else|network address of|broadcast address of|twice|written by labnet|names every computer|has room for|no way out|would both be called/;

test(`the schema knows of a text for each of its ${textPlaces().length} places`, () => {
  expect(textPlaces().length).toBeGreaterThan(25);
  for (const place of textPlaces()) if (place.at(-1) !== '*') expect(validTextAt(place)).toBeDefined();
});

test(`${runs} labs that are right become plans, seeds and scripts (seed ${seed})`, {
  timeout: 300_000,
}, () => {
  const scripts: string[] = [];
  let planned = 0;
  fc.assert(
    fc.property(written, ({ text }) => {
      const parsed = parse(text);
      if (!parsed.ok) {
        for (const { message } of parsed.diagnostics) expect(message).toMatch(ofTheWhole);
        return;
      }
      planned += 1;
      // Each seed is read back and compared as it is planned.
      const plan = planLab({ lab: parsed.lab, facts, roots, date: 0 });
      const pair = [planScript(plan), undoScript(plan)];
      if (planned % 50 === 0) scripts.push(...pair);
      const password = parsed.lab.vms.find(({ password: one }) => (one?.length ?? 0) > 4)?.password;
      if (password !== undefined) expect(JSON.stringify(plan)).not.toContain(`"${password}"`);
    }),
    { seed, numRuns: runs },
  );
  expect(planned).toBeGreaterThan(runs / 4);
  for (const script of scripts) execFileSync('bash', ['-n'], { input: script });
  expect(scripts.length).toBeGreaterThan(10);
});

/** What can happen to a right document: a part of it goes, comes, gets another name, another type, another text. */
type Mutation = 'drop' | 'add' | 'rename' | 'retype' | 'swap';

/** Never shared: a later change may write into it. */
const strange = fc
  .constantFrom<unknown>(
    null,
    true,
    -1,
    1e300,
    12,
    '',
    'no',
    'x'.repeat(300),
    '\u0007',
    '../..',
    '{{x}}',
    '@@labnet:/etc/shadow@@',
    '192.168.6.256',
    [],
    {},
    [null],
    { a: [{}] },
  )
  .map((value) => structuredClone(value));

const mutation = fc.record({
  how: fc.constantFrom<Mutation>('drop', 'add', 'rename', 'retype', 'swap'),
  at: fc.nat(1_000),
  other: fc.nat(1_000),
  value: strange,
});

interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
}

function places(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, held]) => [
    { holder: value as Record<string, unknown>, key },
    ...places(held),
  ]);
}

function mutate(
  document: unknown,
  { how, at, other, value }: { how: Mutation; at: number; other: number; value: unknown },
): void {
  const all = places(document);
  const [one, two] = [all[at % all.length], all[other % all.length]];
  if (one === undefined || two === undefined) return;
  const held: unknown = Reflect.get(one.holder, one.key);
  if (how === 'drop') Reflect.deleteProperty(one.holder, one.key);
  else if (how === 'add')
    Reflect.set(one.holder, Array.isArray(one.holder) ? one.holder.length : 'extra', value);
  else if (how === 'rename') {
    Reflect.deleteProperty(one.holder, one.key);
    Reflect.set(one.holder, Array.isArray(one.holder) ? one.holder.length : `${one.key}x`, held);
  } else if (how === 'retype') Reflect.set(one.holder, one.key, value);
  else {
    Reflect.set(one.holder, one.key, structuredClone(Reflect.get(two.holder, two.key)));
  }
}

/** How zod speaks where nothing else was said. */
const ofZod =
  /Invalid (?:input|string|option|type|key|union)|expected .*, received|Too (?:big|small)|Unrecognized key|must match pattern/;

test(`${runs} labs that were changed: right still, or explained at a place in the file (seed ${seed})`, {
  timeout: 300_000,
}, () => {
  let wrong = 0;
  fc.assert(
    fc.property(
      labDocument,
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (document, mutations, json) => {
        const changed: unknown = JSON.parse(JSON.stringify(document));
        for (const one of mutations) mutate(changed, one);
        const text = json
          ? JSON.stringify(changed, undefined, 1)
          : stringify(changed, { aliasDuplicateObjects: false });
        const parsed = parse(text);
        if (parsed.ok) {
          planLab({ lab: parsed.lab, facts, roots, date: 0 });
          return;
        }
        wrong += 1;
        const lines = text.split('\n');
        expect(parsed.diagnostics.length).toBeGreaterThan(0);
        for (const { position, message } of parsed.diagnostics) {
          expect(position.line).toBeGreaterThanOrEqual(1);
          expect(position.line).toBeLessThanOrEqual(lines.length);
          expect(position.column).toBeGreaterThanOrEqual(1);
          expect(position.column).toBeLessThanOrEqual((lines[position.line - 1] ?? '').length + 1);
          expect(message).not.toMatch(ofZod);
          expect(message.length).toBeLessThan(400);
        }
        expect(formatDiagnostics(parsed.diagnostics, text)).toContain('lab.yaml:');
      },
    ),
    { seed, numRuns: runs },
  );
  expect(wrong).toBeGreaterThan(runs / 4);
});
