import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Nothing is written into the checkout: a root-owned cache there would break the next `npm ci`.
  cacheDir: join(tmpdir(), 'labnet-vitest'),
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['test/images/**'],
  },
});
