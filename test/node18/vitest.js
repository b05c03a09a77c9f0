/** Starts vitest so that its workers, which run the tests, run on the Node that /usr/bin has: see run.js. */
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');

// A worker is forked from this path (child_process.fork).
process.execPath = '/usr/bin/node';
const config = ['--configLoader', 'runner', '--config', join('test', 'vitest.config.ts')];
const projects = ['--project', 'fast', '--project', 'node18'];
process.argv = [process.execPath, vitest, 'run', ...config, ...projects, ...process.argv.slice(2)];
await import(vitest);
