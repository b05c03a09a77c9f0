import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Minutes in milliseconds: a VM under software emulation takes its time. */
const minutes = (count: number) => count * 60_000;

export default defineConfig({
  root,
  // Nothing is written into the checkout: a root-owned cache there would break the next `npm ci`.
  cacheDir: join(tmpdir(), 'labnet-vitest'),
  define: { LABNET_VERSION: JSON.stringify('0.0.0-test') },
  test: {
    globalSetup: ['test/setup/packages.ts', 'test/setup/build.ts'],
    reporters: ['default', './test/setup/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/{unit,engine,golden,netns,stand-in,formats}/**/*.test.ts', 'test/*.test.ts'],
          // Vitest would leave one of two cores idle; each file has a host or namespaces of its own.
          maxWorkers: '100%',
          // The longest, five provisions of clones, takes half a minute on two cores and two on busy ones.
          testTimeout: minutes(4),
          hookTimeout: minutes(4),
        },
      },
      {
        extends: true,
        test: {
          name: 'vms',
          include: ['test/{e2e,faults}/**/*.test.ts'],
          // After the fast ones, and one file after another: two cores hold two VMs.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: minutes(10),
          hookTimeout: minutes(10),
        },
      },
      {
        extends: true,
        test: {
          // Started by node18/run.js, on Debian 12's own Node.
          name: 'node18',
          include: ['test/node18/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: minutes(10),
          hookTimeout: minutes(10),
        },
      },
      {
        extends: true,
        test: {
          name: 'images',
          include: ['test/images/**/*.test.ts'],
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: minutes(20),
          hookTimeout: minutes(20),
        },
      },
    ],
  },
});
