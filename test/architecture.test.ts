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
  readonly typesOnly: boolean;
}

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(from, 'utf8');
  const found = text.matchAll(/(?:^|\n)(?:import|export) (type )?[^;]*?from '([^']+)'|import\('([^']+)'\)/g);
  return [...found].map(([, types, still, dynamic]) => {
    const name = still ?? dynamic ?? '';
    return {
      from,
      to: name.startsWith('.') ? join(dirname(from), name) : name,
      typesOnly: types !== undefined,
    };
  });
});

const folderOf = (file: string) => file.split('/')[1] ?? '';

/** These stand outside: everybody may import them. */
const outside = ['errors.ts', 'paths.ts', 'zod.ts'];

/** What each folder may import besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'cli.ts': ['cli'],
  cli: ['commands', 'report', 'host', 'canary'],
  commands: [
    'pipeline',
    'engine',
    'verify',
    'image',
    'plan',
    'lab',
    'report',
    'resource',
    'action',
    'netfilter',
    'host',
    'qemu',
  ],
  pipeline: ['engine', 'plan', 'qemu', 'host'],
  engine: ['plan', 'lab', 'resource', 'action', 'netfilter', 'host'],
  verify: ['plan', 'qemu', 'action', 'host', 'report'],
  image: ['host'],
  plan: ['lab', 'cloud-init', 'resource', 'action'],
  report: ['plan', 'verify', 'resource', 'action'],
  resource: ['action', 'host', 'qemu', 'cloud-init'],
  'cloud-init': ['lab', 'action'],
  qemu: ['host', 'resource'],
  action: ['host'],
  netfilter: ['lab', 'host'],
  lab: ['report'],
  sandbox: [],
  canary: [],
  host: [],
};

test('imports go one way', () => {
  const wrong = imports.filter(({ from, to }) => {
    const [here, there] = [folderOf(from), folderOf(to)];
    if (!to.startsWith('src/') || here === there || outside.includes(there)) return false;
    if (outside.includes(here)) return true;
    return !(allowed[here] ?? []).includes(there);
  });
  expect(wrong).toEqual([]);
});

test('only host/ starts processes and makes temporary directories', () => {
  const guarded = ['execa', 'tmp', 'node:child_process'];
  const elsewhere = imports.filter(({ from, to }) => guarded.includes(to) && folderOf(from) !== 'host');
  expect(elsewhere).toEqual([]);
});

test('each library has its place', () => {
  const places: Readonly<Record<string, readonly string[]>> = {
    commander: ['cli'],
    handlebars: ['cloud-init'],
    listr2: ['pipeline'],
    yaml: ['lab', 'cloud-init', 'image'],
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
  expect(setting).toEqual(['src/cli.ts', 'src/cli/main.ts', 'src/sandbox/serve.ts']);
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
