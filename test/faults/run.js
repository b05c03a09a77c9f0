/** Builds labnet and the matrix into a directory of their own and runs it: `npm run test:faults`. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { layOut } from '../setup/built.js';

const root = new URL('../..', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'labnet-matrix-'));
try {
  layOut(directory);
  // Copies, so that an edit in the checkout changes nothing of a run that has begun.
  for (const name of ['faults', 'stand-in'])
    cpSync(join(root, 'test', name), join(directory, 'tests', name), { recursive: true });
  // What is typed and what labnet starts of itself: the second loads little.
  const commands = join('src', 'cli', 'run.ts');
  for (const [from, to] of [
    [join('src', 'cli', 'main.ts'), 'cli.cjs'],
    [commands, 'commands.cjs'],
  ]) {
    await build({
      entryPoints: [join(root, from)],
      outfile: join(directory, 'dist', to),
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node18.19',
      logLevel: 'warning',
      define: { LABNET_VERSION: '"0"', 'import.meta.url': 'bundleUrl' },
      banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
      supported: { 'dynamic-import': false },
      plugins: [elsewhere(join(root, commands), './labnet.cjs')],
    });
  }
  // The sandbox's internet is a program of its own, and serves as the far side too.
  await build({
    entryPoints: [join(root, 'src', 'helpers', 'serve.ts')],
    outfile: join(directory, 'dist', 'stand-in-internet.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node18.19',
    logLevel: 'warning',
  });
  for (const name of ['labnet.cjs', 'resident.cjs'])
    cpSync(join(root, 'test', 'faults', name), join(directory, 'dist', name));
  await build({
    entryPoints: ['main', 'worker'].map((name) => join(root, 'test', 'faults', `${name}.ts`)),
    outdir: join(directory, 'matrix'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node18.19',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as matrixRequire } from 'node:module'; const require = matrixRequire(import.meta.url);",
    },
  });
  const { main } = await import(pathToFileURL(join(directory, 'matrix', 'main.js')).href);
  process.exitCode = await main({
    script: join(directory, 'matrix', 'worker.js'),
    cli: join(directory, 'dist', 'cli.cjs'),
    tests: join(directory, 'tests'),
  });
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Leaves a file out of a bundle that imports it: it is asked for at run time, at another place. */
function elsewhere(file, place) {
  return {
    name: 'elsewhere',
    setup: ({ onResolve }) =>
      onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, kind }) =>
        kind === 'dynamic-import' && join(resolveDir, path) === file
          ? { path: place, external: true }
          : undefined,
      ),
  };
}
