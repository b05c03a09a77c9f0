/** Imports go one way; who may import what; nothing is left lying about. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name))
  .sort();

interface Import {
  readonly from: string;
  readonly to: string;
}

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(from, 'utf8');
  const found = text.matchAll(
    /(?:^|\n)(?:import|export) [^;]*?from '([^']+)'|(?:^|\n)import '([^']+)'|import\('([^']+)'\)/g,
  );
  return [...found].map(([, named, bare, dynamic]) => {
    const name = named ?? bare ?? dynamic ?? '';
    return { from, to: name.startsWith('.') ? join(dirname(from), name) : name };
  });
});

const folderOf = (file: string) => file.split('/')[1] ?? '';

/** All places that lead to each other: each list is a circle. */
function circles(edges: readonly (readonly [string, string])[]): readonly (readonly string[])[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to));
  const reached = (start: string) => {
    const seen = new Set<string>();
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const one of [...(next.get(at) ?? [])].filter((other) => !seen.has(other))) {
        seen.add(one);
        open.push(one);
      }
    return seen;
  };
  const all = new Map([...next.keys()].map((place) => [place, reached(place)]));
  const circle = (place: string) =>
    [...(all.get(place) ?? [])].filter((other) => all.get(other)?.has(place) === true).sort();
  return [...new Set([...next.keys()].map((place) => circle(place).join(' ')))]
    .filter((found) => found !== '')
    .map((found) => found.split(' '));
}

const own = imports.filter(({ to }) => to.startsWith('src/'));

test('no circle is overlooked', () => {
  expect(
    circles([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
    ]),
  ).toEqual([]);
  expect(
    circles([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'b'],
      ['c', 'd'],
      ['d', 'd'],
      ['e', 'f'],
      ['f', 'e'],
    ]),
  ).toEqual([
    ['b', 'c'],
    ['e', 'f'],
  ]);
});

test('imports go one way, between files and between folders', () => {
  expect(own.length).toBeGreaterThan(files.length);
  expect(circles(own.map(({ from, to }) => [from, to]))).toEqual([]);
  expect(circles(own.map(({ from, to }) => [folderOf(from), folderOf(to)]))).toEqual([]);
});

test('every import of a file of ours is seen', () => {
  const written = files.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/['"](\.{1,2}\/[^'"\n]+\.ts)['"]/g),
  ]);
  expect(own).toHaveLength(written.length);
});

test('lab and plan read no host: nothing that touches one is below them', () => {
  const pure = ['lab', 'plan', 'seed', 'text'];
  const reads = [
    'commands',
    'runs',
    'engine',
    'labs',
    'preflight',
    'canary',
    'kept',
    'verify',
    'image',
    'observe',
  ];
  expect(own.filter(({ from, to }) => pure.includes(folderOf(from)) && reads.includes(folderOf(to)))).toEqual(
    [],
  );
});

test('only host/ starts processes and makes temporary directories', () => {
  const guarded = ['execa', 'tmp', 'node:child_process'];
  const elsewhere = imports.filter(({ from, to }) => guarded.includes(to) && folderOf(from) !== 'host');
  expect(elsewhere).toEqual([]);
});

test('each library has its place', () => {
  const places: Readonly<Record<string, readonly string[]>> = {
    commander: ['cli'],
    handlebars: ['seed'],
    listr2: ['progress'],
    yaml: ['lab', 'seed', 'image-build'],
    'ipaddr.js': ['lab'],
    zod: ['zod.ts'],
  };
  const wrong = imports.filter(({ from, to }) => to in places && !places[to]?.includes(folderOf(from)));
  expect(wrong).toEqual([]);
});

test('only programs set the exit status and listen to signals', () => {
  const setting = files.filter((file) =>
    /process\.(exitCode|exit\(|on\('SIG)/.test(readFileSync(file, 'utf8')),
  );
  expect(setting).toEqual(['src/cli.ts', 'src/cli/main.ts', 'src/helpers/serve.ts']);
});

test('no shell, no silenced types, no unfinished places', () => {
  const patterns = [
    /shell: *true/,
    /'(?:ba)?sh', *'-c'/,
    /\bas any\b|: any\b|@ts-ignore|@ts-expect-error|biome-ignore/,
    /\b(?:TODO|FIXME|XXX)\b/,
  ];
  const found = files.flatMap((file) =>
    patterns
      .filter((pattern) => pattern.test(readFileSync(file, 'utf8')))
      .map((pattern) => `${file}: ${pattern}`),
  );
  expect(found).toEqual([]);
});

test('no file outgrows one concept', () => {
  const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 200);
  expect(long).toEqual([]);
});

test('every dependency has a line in src/README.md that says why', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const text = readFileSync('src/README.md', 'utf8');
  const unexplained = Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !text.split('\n').some((line) => line.split('|')[1]?.trim() === name),
  );
  expect(unexplained).toEqual([]);
});
