/** Leaves out one step of labnet's own at a time, and shows that a test notices: `npm run test:mutants`. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parts } from '../setup/built.js';
import { findMutants } from './mutants.js';

const root = new URL('../..', import.meta.url).pathname;

const inUnit = (name) => `test/unit/${name}.test.ts`;
const inEngine = (name) => `test/engine/${name}.test.ts`;

/** The tests that ought to notice, the quickest first. Not the golden files, which notice everything and prove nothing. */
const tests = {
  'src/action/perform.ts': ['action/perform', 'resource/undone-alone'].map(inUnit),
  'src/action/settings.ts': ['shared-settings', 'settings-meanwhile'].map(inEngine),
  'src/action/stop-process.ts': [inUnit('action/stop-process')],
  'src/commands/': ['test/stand-in/undone.test.ts'],
  'src/runs/': ['test/stand-in/undone.test.ts'],
  'src/resource/': ['resource/unmanaged', 'resource/undone-alone'].map(inUnit),
  'src/host/download.ts': [inUnit('host/download')],
  'src/host/files.ts': [inUnit('host/files')],
  'src/image/': ['image/store', 'image/staging'].map(inUnit),
  'src/kept/bring-back.ts': [inEngine('bring-back')],
  'src/kept/cache.ts': [inUnit('kept/saved-lab')],
  'src/canary/canary.ts': [inEngine('canary')],
  'src/labs/lab-store.ts': ['labs/lab-store', 'host/own-directory'].map(inUnit),
  'src/kept/save-lab.ts': [inUnit('kept/save-lab')],
  'src/kept/saved-lab.ts': [inUnit('kept/saved-lab')],
  'src/labs/snapshot.ts': ['test/stand-in/destroy-check.test.ts'],
  'src/kept/template.ts': [inUnit('kept/template')],
  'src/engine/follow.ts': [inEngine('follow')],
  'src/engine/repair.ts': [inEngine('repair')],
  'src/engine/': ['journal', 'plain-run', 'remake'].map(inEngine),
};
const config = `export default {
  root: ${JSON.stringify('ROOT')},
  cacheDir: '${tmpdir()}/labnet-vitest',
  define: { LABNET_VERSION: '"0.0.0-test"' },
  test: {
    include: ['test/**/*.test.ts'],
    // Where labnet runs as a program.
    globalSetup: process.argv.some((word) => word.includes('/stand-in/')) ? ['test/setup/build.ts'] : [],
    reporters: ['json'],
    testTimeout: 120000,
    hookTimeout: 120000,
  },
};
`;

/** A copy of the checkout, to change at will. */
function workshop() {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-mutants-'));
  for (const name of ['src', 'test', ...parts, 'build.js', 'package.json', 'tsconfig.json', 'README.md'])
    cpSync(join(root, name), join(directory, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'vitest.config.mjs'), config.replace('"ROOT"', JSON.stringify(directory)));
  return directory;
}

/** Runs tests; resolves to how many passed and failed. */
function run(directory, paths) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = ['run', '--configLoader', 'runner', '--config', 'vitest.config.mjs', '--bail', '1', ...paths];
  return new Promise((resolve, reject) => {
    const child = spawn('node', [vitest, ...args], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('close', () => {
      try {
        const { numPassedTests, numFailedTests, testResults } = JSON.parse(out.slice(out.indexOf('{')));
        // A file that cannot be loaded is no proof of anything.
        const broken = testResults.find(({ assertionResults }) => assertionResults.length === 0);
        if (broken !== undefined && numFailedTests === 0) throw new Error(broken.message);
        resolve({ passed: numPassedTests, failed: numFailedTests });
      } catch (error) {
        reject(new Error(`${error.message}\n${out}\n${err}`));
      }
    });
  });
}

const testsOf = (file) =>
  Object.entries(tests).find(([place]) => file.startsWith(place))?.[1] ?? ['test/engine/repair.test.ts'];

const started = performance.now();
const wanted = process.argv[2] ?? '';
const mutants = findMutants(root).filter(({ file, line }) => `${file}:${line}`.includes(wanted));
const survivors = [];
const directory = workshop();
try {
  const clean = await run(directory, [...new Set(mutants.flatMap(({ file }) => testsOf(file)))]);
  if (clean.failed > 0 || clean.passed === 0) throw new Error('the tests do not pass on labnet as it is');
  for (const mutant of mutants) {
    const place = join(directory, mutant.file);
    writeFileSync(place, mutant.text);
    const { failed } = await run(directory, testsOf(mutant.file));
    cpSync(join(root, mutant.file), place);
    const name = `${mutant.file}:${mutant.line}  ${mutant.what}`;
    process.stdout.write(`${failed > 0 ? 'noticed ' : 'SURVIVED'}  ${name}\n`);
    if (failed === 0) survivors.push(name);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.stdout.write(`${((performance.now() - started) / 1000).toFixed(0)} s\n`);
const verdict = survivors.length === 0 ? 'all noticed' : `${survivors.length} survived`;
process.stdout.write(`${mutants.length} mutants, ${verdict}\n`);
process.exitCode = survivors.length === 0 && mutants.length > 0 ? 0 : 1;
