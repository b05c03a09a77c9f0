/**
 * Builds dist/labnet, which starts dist/cli.js, which imports dist/main.js: one bundle per lazily imported command, so that
 * `labnet --version` loads almost nothing.
 * Usage: node build.js [outdir [metafile]]; the metafile tells what went into the bundle. The tests build into a directory
 * of their own, never into the checkout.
 */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const [, , outdir = 'dist', metafilePath] = process.argv;
const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));

const source = (file) => new URL(`src/${file}`, import.meta.url).pathname;
const common = {
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  // Less text to read at every start; names stay, for a readable stack trace.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
};

// Parts of earlier builds have names of their own.
await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
  ...common,
  entryPoints: [source('cli/main.ts')],
  splitting: true,
  metafile: true,
  target: 'node18.19',
  legalComments: 'linked',
  define: { LABNET_VERSION: JSON.stringify(version) },
  // CommonJS dependencies (handlebars, tmp, cross-spawn) still ask for require().
  banner: {
    js: "import { createRequire as labnetCreateRequire } from 'node:module'; const require = labnetCreateRequire(import.meta.url);",
  },
});
// Whole in one file: it is handed to Node as standard input (see src/resource/internet.ts).
await build({
  ...common,
  entryPoints: { 'stand-in-internet': source('helpers/serve.ts') },
  target: 'node18.19',
});
await build({
  ...common,
  entryPoints: [source('cli.ts')],
  // A Node that is too old for the rest reads this file, and says so.
  target: 'node12.20',
  plugins: [
    {
      name: 'the rest is a file of its own',
      setup: ({ onResolve }) =>
        onResolve({ filter: /\/main\.ts$/ }, () => ({ path: './main.js', external: true })),
    },
  ],
});
await chmod(`${outdir}/cli.js`, 0o755);
// Wherever this directory is copied to: Node 18 does not find out by itself what its files are.
await writeFile(`${outdir}/package.json`, '{ "type": "module" }\n');

const quoted = (word) => `'${word.replaceAll("'", `'\\''`)}'`;
await writeFile(
  `${outdir}/labnet`,
  `#!/bin/sh
# Starts labnet with the Node that built it: sudo and cron look for programs in directories of their own.
self=$(readlink -f -- "$0")
node=${quoted(process.execPath)}
[ -x "$node" ] || node=node
exec "$node" "\${self%/*}/cli.js" "$@"
`,
  { mode: 0o755 },
);
if (metafilePath !== undefined) await writeFile(metafilePath, JSON.stringify(metafile));
