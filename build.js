/**
 * Builds dist/cli.js: one bundle per lazily imported command, so that `labnet --version` loads almost nothing.
 * Usage: node build.js [outdir]. The tests build into a directory of their own, never into the checkout.
 */
import { chmod, readFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const outdir = process.argv[2] ?? 'dist';
const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));

// Parts of earlier builds have names of their own.
await rm(outdir, { recursive: true, force: true });
const common = {
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  legalComments: 'linked',
  // Less text to read at every start; names stay, for a readable stack trace.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
  define: { LABNET_VERSION: JSON.stringify(version) },
};
const source = (path) => new URL(path, import.meta.url).pathname;
await build({
  ...common,
  entryPoints: [source('src/cli.ts')],
  splitting: true,
  // CommonJS dependencies (handlebars, tmp, cross-spawn) still ask for require().
  banner: {
    js: "import { createRequire as labnetCreateRequire } from 'node:module'; const require = labnetCreateRequire(import.meta.url);",
  },
});
// Whole in one file: it is handed to Node as standard input (see src/resource/internet.ts).
await build({ ...common, entryPoints: { 'stand-in-internet': source('src/sandbox/serve.ts') } });
await chmod(`${outdir}/cli.js`, 0o755);
