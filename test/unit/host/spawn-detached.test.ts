/** A process that does not come up in its time is given up, whatever Node has cleared away meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';

test('one that hangs, while garbage is collected', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-spawn-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const path = join(directory, 'qmp.sock');
  const ready = { path, seconds: 1 };
  const spawned = localHost().spawn(['sleep', '54321'], { ready, log: join(directory, 'log') });
  spawned.catch(() => {});
  for (let times = 0; times < 5; times += 1) {
    await sleep(50);
    collect();
  }
  await expect(spawned).rejects.toThrow(`is not up after 1 s (awaited: ${path}): it said nothing`);
  expect((await execa('pgrep', ['--full', 'sleep 54321'], { reject: false })).stdout).toBe('');
}, 10_000);
