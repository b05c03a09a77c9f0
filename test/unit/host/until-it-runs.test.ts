/** Ctrl-C, again and again, while labnet starts programs: as a user types who thinks that nothing happens. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { untilItRuns } from '../../../src/host/until-it-runs.ts';
import { bundle } from '../../setup/bundle.ts';

const own = (file: string) =>
  JSON.stringify(fileURLToPath(new URL(`../../../src/host/${file}`, import.meta.url)));

const starting = {
  'a command': `import { localHost } from ${own('local-host.ts')};
    const start = () => localHost().run(['true']);`,
  'a holder': `import { startHolder } from ${own('holder.ts')};
    const explain = async ({ message }) => new Error(message);
    const start = async () => (await startHolder(['env'], 10_000, explain)).close();`,
  'a process that outlives labnet': `import { localHost } from ${own('local-host.ts')};
    const options = { log: '/dev/null', ready: { path: '/dev/null', seconds: 10 } };
    const start = async () => process.kill(await localHost().spawn(['sleep', '600'], options));`,
};

/** Starts one after another, and ends with the first that fails. */
const many = `
  process.on('SIGINT', () => {});
  process.stdout.write('begun');
  for (let count = 0; count < 300; count += 1) await start();
  process.exit();`;

test.each(Object.entries(starting))(
  'Ctrl-C ends labnet alone, also at the moment in which it starts %s',
  async (_, start) => {
    const directory = mkdtempSync(join(tmpdir(), 'labnet-until-'));
    const script = join(directory, 'starts.mjs');
    await bundle(start + many, script);
    // Its own group, as in front of a terminal.
    const labnet = execa(process.execPath, [script], { detached: true, reject: false });
    await once(labnet.stdout, 'data');
    const typist = setInterval(() => process.kill(-(labnet.pid ?? Number.NaN), 'SIGINT'), 5);
    const { exitCode, stderr } = await labnet.finally(() => clearInterval(typist));
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    rmSync(directory, { recursive: true });
  },
);

test('what ends in another way, or was never started, is not started again', async () => {
  for (const argv of [['true'], ['false'], ['sh', '-c', 'kill -KILL $$'], ['labnet-test-no-such-program']]) {
    let started = 0;
    const child = untilItRuns(() => {
      started += 1;
      const [program = '', ...args] = argv;
      return execa(program, args, { reject: false });
    });
    await child;
    expect(started, argv.join(' ')).toBe(1);
  }
});
