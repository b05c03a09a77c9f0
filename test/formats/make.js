/**
 * Makes the folder of formats of this checkout, by hand, when a release is about to change what labnet writes:
 * `node test/formats/make.js [NAME]`, as root. NAME is the commit whose labnet this is, unless told the last one that changed it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildInto, parts } from '../setup/built.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
const lastChange = ['log', '-1', '--format=%h', '--', 'src', ...parts, 'package-lock.json'];
const [name = execFileSync('git', lastChange, { cwd: root, encoding: 'utf8' }).trim()] =
  process.argv.slice(2);

/** Each file finds what lies beside it, as if it were not bundled. */
const ownPlaces = {
  name: 'own places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
    })),
};

/** Here no test runner tells which labnet is meant. */
const withoutTests = {
  name: 'without tests',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^vitest$/ }, ({ path }) => ({ path, namespace: 'none' }));
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export const inject = undefined;' }));
  },
};

const directory = mkdtempSync(join(tmpdir(), 'labnet-make-'));
try {
  buildInto(directory);
  const script = join(directory, 'make-folder.js');
  await build({
    entryPoints: [join(here, 'make-folder.ts')],
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    plugins: [ownPlaces, withoutTests],
  });
  const { makeFolder } = await import(pathToFileURL(script).href);
  await makeFolder(join(here, name), join(directory, 'dist', 'cli.js'));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
