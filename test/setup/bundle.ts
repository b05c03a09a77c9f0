import { dirname } from 'node:path';
import { build } from 'esbuild';

/** Makes a program of TypeScript or JavaScript that imports labnet's sources, for a process of its own. */
export async function bundle(contents: string, outfile: string): Promise<void> {
  await build({
    stdin: { contents, resolveDir: dirname(outfile) },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
}
