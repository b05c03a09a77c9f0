/**
 * Makes the Debian package: `npm run deb`, or `node packaging/deb.js DIRECTORY`. Nothing but that directory is written to.
 * Its date is SOURCE_DATE_EPOCH, or else that of the last commit.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const out = resolve(process.argv[2] ?? join(root, 'dist-deb'));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const date = Number(
  process.env.SOURCE_DATE_EPOCH ??
    execFileSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { encoding: 'utf8' }),
);
const directory = mkdtempSync(join(tmpdir(), 'labnet-deb-'));
try {
  const bundle = join(directory, 'dist');
  const metafile = join(directory, 'inputs.json');
  // In the checkout: the bundle names its parts by their paths from where it is made.
  execFileSync(process.execPath, ['build.js', bundle, metafile], { cwd: root, stdio: 'inherit' });
  const program = join(directory, 'make-deb.mjs');
  await build({
    entryPoints: [join(root, 'packaging', 'main.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    define: { LABNET_VERSION: JSON.stringify(version) },
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  });
  const { makeDeb } = await import(pathToFileURL(program).href);
  const inputs = Object.keys(JSON.parse(readFileSync(metafile, 'utf8')).inputs);
  process.stdout.write(`${makeDeb({ root, bundle, inputs, work: directory, out, date })}\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
