/** Programs that do not do what they are started for: labnet goes on, and nothing is left behind. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startHolder } from '../../../src/host/holder.ts';
import { localHost } from '../../../src/host/local-host.ts';
import { openPrivateMounts } from '../../../src/host/private-mounts.ts';
import { openLab } from '../../../src/labs/lab-store.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-holder-'));
  chmodSync(directory, 0o711);
  mkdirSync(join(directory, 'bin'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

/** A program of that name that does this instead; all others are as they are, or there are none. */
function replace(name: string, script: string | undefined): void {
  const bin = join(directory, 'bin');
  if (script !== undefined) writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('LABNET_PATH', script === undefined ? bin : `${bin}:/usr/bin:/bin`);
}

const roots = () => ({
  state: join(directory, 'state'),
  run: join(directory, 'run'),
  cache: join(directory, 'cache'),
});

test('one that never comes to hold anything is waited for no longer than its limit', async () => {
  replace('flock', 'exec sleep 60');
  const started = performance.now();
  const explain = async () => new Error('it holds nothing');
  await expect(startHolder(['flock'], 200, explain)).rejects.toThrow('it holds nothing');
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('a mount namespace that is labnet’s own is none', async () => {
  replace('unshare', 'exec cat');
  await expect(openPrivateMounts()).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('unshare has made none'),
  });
});

test.each([
  ['is not installed', undefined, 'missing-program'],
  ['fails', 'exit 1', 'failed'],
])('a lock that cannot be had since flock %s leaves no directory', async (_, script, code) => {
  replace('flock', script);
  const context = { host: localHost(), roots: roots(), wait: 0 };
  await expect(openLab('lab', 'test', context)).rejects.toMatchObject({ code });
  expect(existsSync(roots().state)).toBe(false);
});

test('a view that cannot be made ends the command, and labnet can end', async () => {
  replace('mount', 'exit 1');
  const log = join(directory, 'log');
  const view = { place: join(directory, 'view'), own: [], read: [], devices: [] };
  const options = { ready: { path: join(directory, 'up'), seconds: 1 }, log, view };
  await expect(localHost().spawn(['true'], options)).rejects.toThrow('mount');
  const holders = (await localHost().processes()).filter(
    ({ argv }) => argv[0] === 'cat' && argv.length === 1,
  );
  const parents = await Promise.all(holders.map(({ pid }) => localHost().read(`/proc/${pid}/stat`)));
  expect(parents.filter((stat) => stat?.split(' ')[3] === String(process.pid))).toEqual([]);
});
