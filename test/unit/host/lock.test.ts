import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  mode: 0o711,
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

test('of twenty at once exactly one gets it, and each of the others is told by whom', async () => {
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(options())));
  const got = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const refused = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  expect(got).toHaveLength(1);
  for (const reason of refused) {
    expect(reason).toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`provision lab (pid ${process.pid}, since `),
    });
  }
  await got[0]?.release();
});

test('the name of one that was killed is not told as the holder’s', async () => {
  const lock = await takeLock(options());
  writeFileSync(join(directory, 'lab', 'holder'), 'provision lab (pid 4194304, since yesterday)\n');
  const refusal = takeLock(options()).catch((error: unknown) => error);
  expect(await refusal).toMatchObject({ code: 'locked', message: 'another labnet is at work here' });
  await lock.release();
});
