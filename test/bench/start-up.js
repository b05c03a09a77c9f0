/**
 * How long labnet takes to begin: `npm run bench`. Medians of interleaved runs, as ratios to Node's own start, since a
 * machine's speed drifts and Node's share of it does not.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const rounds = 15;

const commands = {
  'node -e 0': ['-e', '0'],
  'labnet --version': [cli, '--version'],
  'labnet --help': [cli, '--help'],
  'labnet plan --vms 2': [cli, 'plan', '--vms', '2', '--sandbox'],
  'labnet plan --vms 100': [cli, 'plan', '--vms', '100', '--sandbox'],
};

const times = new Map(Object.keys(commands).map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, argv] of Object.entries(commands)) {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, argv, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    times.get(name).push(performance.now() - started);
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const base = median(times.get('node -e 0'));
process.stdout.write('| command | median | against node |\n| --- | --- | --- |\n');
for (const [name, values] of times) {
  const time = median(values);
  process.stdout.write(`| ${name} | ${time.toFixed(0)} ms | ${(time / base).toFixed(2)} |\n`);
}
