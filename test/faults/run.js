/** Builds labnet and the matrix into a directory of their own and runs it: `npm run test:faults`. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../..', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'labnet-matrix-'));
try {
  for (const name of ['templates', 'images', 'package.json'])
    symlinkSync(join(root, name), join(directory, name));
  // Copies, so that an edit in the checkout changes nothing of a run that has begun.
  for (const name of ['faults', 'stand-in'])
    cpSync(join(root, 'test', name), join(directory, 'tests', name), { recursive: true });
  await build({
    entryPoints: [join(root, 'src', 'cli.ts')],
    outfile: join(directory, 'dist', 'labnet.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    define: { LABNET_VERSION: '"0"', 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  cpSync(join(root, 'test', 'faults', 'labnet.cjs'), join(directory, 'dist', 'cli.cjs'));
  await build({
    entryPoints: ['main', 'worker'].map((name) => join(root, 'test', 'faults', `${name}.ts`)),
    outdir: join(directory, 'matrix'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
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
