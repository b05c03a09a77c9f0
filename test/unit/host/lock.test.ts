import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeLock } from '../../../src/host/lock.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-lock-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const options = (wait = 0) => ({
  directory: join(directory, 'lab'),
  holderFile: join(directory, 'lab', 'holder'),
  purpose: 'provision lab',
  wait,
});

test('the second is refused, and told who holds it', async () => {
  const lock = await takeLock(options());
  await expect(takeLock(options())).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringContaining(`provision lab (pid ${process.pid}`),
  });
  await lock.release();
  expect(existsSync(join(directory, 'lab', 'holder'))).toBe(false);
  await (await takeLock(options())).release();
});

test('one who waits gets it when it is free', async () => {
  const lock = await takeLock(options());
  const second = takeLock(options(10));
  setTimeout(() => lock.release(), 50);
  await (await second).release();
});

test('a lock on a directory that was removed meanwhile is no lock', async () => {
  const first = await takeLock(options());
  const second = takeLock(options(10));
  await new Promise((resolve) => setTimeout(resolve, 100));
  rmSync(join(directory, 'lab'), { recursive: true });
  await first.release();
  const lock = await second;
  await expect(takeLock(options())).rejects.toMatchObject({ code: 'locked' });
  await lock.release();
});
