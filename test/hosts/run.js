/** Builds labnet and the host bed into a directory of their own and runs it: `npm run test:hosts`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildInto } from '../setup/built.js';

const root = new URL('../..', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'labnet-bed-'));
try {
  buildInto(directory);
  await build({
    entryPoints: [join(root, 'test', 'hosts', 'main.ts')],
    outfile: join(directory, 'bed', 'main.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    // Where its source lies, beside which it finds what goes into a host.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'test', 'hosts', 'main.ts')).href) },
    banner: {
      js: "import { createRequire as bedRequire } from 'node:module'; const require = bedRequire(import.meta.url);",
    },
  });
  const { main } = await import(pathToFileURL(join(directory, 'bed', 'main.js')).href);
  process.exitCode = await main(join(directory, 'dist', 'cli.js'));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
