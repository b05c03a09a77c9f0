/** What labnet needs of Node: nothing that came after 18.19, and of an older one only that it can say so. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, transform } from 'esbuild';
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';

const dist = dirname(inject('cli'));
const bundle = readdirSync(dist).filter((name) => name.endsWith('.js'));

/** What Node 18.19 lacks, as it stands in a program (the API's "Added in", and V8 10.2's features). */
const newer = [
  /\.(?:toSorted|toReversed|toSpliced|isWellFormed|toWellFormed)\(/,
  /\b(?:Object|Map)\.groupBy\b|\bArray\.fromAsync\b|\bPromise\.(?:withResolvers|try)\b|\bRegExp\.escape\b/,
  /\.(?:isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\(|\bIterator\.from\b/,
  /\bAbortSignal\.any\b|\bnavigator\.hardwareConcurrency\b|\bnew WebSocket\b/,
  /\bimport\.meta\.(?:dirname|filename|main)\b|\bwith *\{ *type:/,
  /\bprocess\.(?:execve|loadEnvFile|getBuiltinModule|constrainedMemory|availableMemory)\b/,
  /\b(?:styleText|openAsBlob|getCallSites?|registerHooks|findPackageJSON|matchesGlob)\(|\bcrypto\.hash\(/,
  // esbuild makes this of a literal with a flag that its target does not know.
  /,\s*["'][dgimsuy]*v[dgimsuy]*["']\s*\)/,
];

const foundIn = (text: string) => newer.filter((pattern) => pattern.test(text)).map(String);

test('the bundle holds nothing that came after Node 18.19', () => {
  expect(bundle.length).toBeGreaterThan(50);
  const found = bundle.flatMap((file) =>
    foundIn(readFileSync(join(dist, file), 'utf8')).map((pattern) => `${file}: ${pattern}`),
  );
  expect(found).toEqual([]);
});

test.each([
  'list.toSorted((a, b) => a - b)',
  'AbortSignal.any([one, other])',
  String.raw`/^[\p{Letter}--[a-z]]$/v.test(text)`,
  'const { promise } = Promise.withResolvers()',
  'import.meta.dirname',
])('such as %s would be found', async (program) => {
  const options = { format: 'esm', target: 'node18.19', minifyWhitespace: true, logLevel: 'silent' } as const;
  const { code } = await transform(`console.log(await (async () => { ${program} })())`, options);
  expect(foundIn(code)).toHaveLength(1);
});

test('every package in the bundle promises Node 18', () => {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly packages: Readonly<
      Record<string, { readonly dev?: boolean; readonly engines?: { readonly node?: string } }>
    >;
  };
  const lowest = (range: string) =>
    Math.min(...[...range.matchAll(/(?:^|\|\|)\s*[^\d|]*(\d+)/g)].map(([, major]) => Number(major)));
  const used = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
  expect(used.length).toBeGreaterThan(20);
  expect(used.filter(([, { engines }]) => lowest(engines?.node ?? '>=0') > 18)).toEqual([]);
});

test('the first file is one that Node 12 can read, and leans on no other', async () => {
  const cli = inject('cli');
  // What is not for Node 12 esbuild would write another way, or refuse.
  const text = readFileSync(cli, 'utf8');
  const { code } = await transform(text, { target: 'node12.20', minifyWhitespace: true, minifySyntax: true });
  expect(code).toBe(text);
  const { metafile } = await build({
    entryPoints: [cli],
    bundle: true,
    external: ['./main.js'],
    format: 'esm',
    metafile: true,
    write: false,
  });
  expect(Object.keys(metafile.inputs)).toHaveLength(1);
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([
    { path: './main.js', kind: 'dynamic-import', external: true },
  ]);
});

/** Node as it is, but for the version that it tells. */
function pretending(version: string, ...args: string[]) {
  const lie = `
    Object.defineProperty(process, 'version', { value: 'v${version}' });
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const preload = `data:text/javascript,${encodeURIComponent(lie)}`;
  return execa('node', ['--import', preload, inject('cli'), ...args], { reject: false });
}

test.each(['12.22.12', '16.20.2', '18.0.0', '18.18.2'])('Node %s is told what is needed', async (version) => {
  const { exitCode, stdout, stderr } = await pretending(version, 'plan', '--vms', '2');
  expect([exitCode, stdout]).toEqual([69, '']);
  expect(stderr).toContain(`labnet needs Node 18.19 or newer; this is v${version} (`);
  expect(stderr).toContain('apt-get install nodejs');
  const { stdout: json } = await pretending(version, 'plan', '--vms', '2', '--json');
  expect(JSON.parse(json)).toMatchObject({ ok: false, error: { code: 'missing-program' } });
});

test.each(['18.19.0', '18.20.4', '20.0.0', '26.1.0'])('Node %s will do', async (version) => {
  const { exitCode } = await pretending(version, '--version');
  expect(exitCode).toBe(0);
});
