/**
 * Builds dist/cli.js: one bundle per lazily imported command, so that `labnet --version` loads almost nothing.
 * Usage: node build.js [outdir [metafile]]; the metafile tells what went into it. The tests build into a directory of their own, never into the checkout.
 */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const [, , outdir = 'dist', metafilePath] = process.argv;
const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));

// Parts of earlier builds have names of their own.
await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: [new URL('src/cli.ts', import.meta.url).pathname],
  outdir,
  bundle: true,
  metafile: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  legalComments: 'linked',
  // Less text to read at every start; names stay, for a readable stack trace.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
  define: { LABNET_VERSION: JSON.stringify(version) },
  // CommonJS dependencies (handlebars, tmp, cross-spawn) still ask for require().
  banner: {
    js: "import { createRequire as labnetCreateRequire } from 'node:module'; const require = labnetCreateRequire(import.meta.url);",
  },
});
await chmod(`${outdir}/cli.js`, 0o755);
if (metafilePath !== undefined) await writeFile(metafilePath, JSON.stringify(metafile));
