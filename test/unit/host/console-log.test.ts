/** A console's log has a bound that holds without labnet; whoever follows it loses no more than was cut. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  consoleInput,
  consoleSize,
  cutSize,
  keepConsole,
  keeperOf,
  withConsoleLog,
} from '../../../src/host/console-log.ts';
import { readEnd } from '../../../src/host/files.ts';
import { followFile } from '../../../src/host/follow-file.ts';
import { localHost } from '../../../src/host/local-host.ts';

let directory: string;
let log: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-console-log-'));
  log = join(directory, 'console.log');
  writeFileSync(log, '');
});

afterEach(() => rmSync(directory, { recursive: true }));

/** A command that stands for QEMU and writes to its console's log; ends when all is written and kept. */
async function keep(script: string, name = 'of-a-test'): Promise<void> {
  const [program = '', ...args] = withConsoleLog(log, name, ['sh', '-c', script]);
  await execa(program, args, { input: keepConsole });
  await expect.poll(() => keepersOf(name), { timeout: 30_000 }).toEqual([]);
}

async function keepersOf(name: string) {
  return (await localHost().processes()).filter(({ argv }) => argv[0] === keeperOf(name));
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join('');

test('what is little is kept whole, behind what was there', async () => {
  writeFileSync(log, 'before\n');
  await keep(`echo one >> ${consoleInput}; sleep 0.1; echo two >> ${consoleInput}`);
  expect(readFileSync(log, 'utf8')).toBe('before\none\ntwo\n');
});

test('of much, the beginning and the end are kept, and the log is never longer than it may be', async () => {
  const watching = { longest: 0, over: false };
  const watch = (async () => {
    while (!watching.over) {
      watching.longest = Math.max(watching.longest, statSync(log).size);
      await sleep(1);
    }
  })();
  await keep(`seq 1 500000 >> ${consoleInput}`);
  watching.over = true;
  await watch;
  expect(watching.longest).toBeLessThanOrEqual(consoleSize.most);
  const text = readFileSync(log, 'utf8');
  expect(text.length).toBeLessThanOrEqual(consoleSize.most);
  const [head = '', tail = ''] = text.split('\n[labnet: a part of the console is left out here]\n');
  expect(head).toBe(numbers(1, 50_000).slice(0, consoleSize.head));
  expect(numbers(300_000, 500_000).endsWith(tail)).toBe(true);
  expect(tail.length).toBeGreaterThanOrEqual(consoleSize.tail);
});

test('a log that is too long already, as of an earlier labnet, is cut before more is written', async () => {
  writeFileSync(log, 'x'.repeat(3 * consoleSize.most));
  await keep(`echo new >> ${consoleInput}`);
  expect(statSync(log).size).toBe(consoleSize.most - cutSize + 4);
  expect(readFileSync(log, 'utf8').endsWith('xnew\n')).toBe(true);
});

test('the command becomes the process that was started; the one beside it holds the log and no other file', async () => {
  const held = join(directory, 'held');
  writeFileSync(held, '');
  const [program = '', ...args] = withConsoleLog(log, 'holding', ['sleep', '60']);
  const started = execa('bash', ['-c', 'exec "$@" 3< "$0" 4< "$0"', held, program, ...args], {
    input: keepConsole,
    reject: false,
  });
  await expect.poll(() => keepersOf('holding'), { timeout: 30_000 }).toHaveLength(1);
  const [keeper] = await keepersOf('holding');
  expect(keeper?.argv).toEqual([keeperOf('holding')]);
  await expect.poll(() => readFileSync(`/proc/${started.pid}/cmdline`, 'utf8')).toBe('sleep\x0060\0');
  const open = execFileSync('readlink', [
    '-f',
    ...[0, 1, 2, 3, 4, 5, 6].map((fd) => `/proc/${keeper?.pid}/fd/${fd}`),
  ]);
  expect(open.toString()).toContain(log);
  expect(open.toString()).not.toContain(held);
  started.kill('SIGKILL');
  await started;
  await expect.poll(() => keepersOf('holding'), { timeout: 30_000 }).toEqual([]);
});

test('who follows it gets each line once, in order, and goes on after a cut', async () => {
  const over = new AbortController();
  let seen = '';
  const following = followFile(
    log,
    (text) => {
      seen += text;
    },
    over.signal,
  );
  // Slowly enough to be followed.
  await keep(`for i in 1 2 3 4 5 6 7 8; do seq "$i"00000 "$i"29999 >> ${consoleInput}; sleep 0.4; done`);
  await expect.poll(() => seen.endsWith('829999\n'), { timeout: 30_000 }).toBe(true);
  over.abort();
  await following;
  const lines = seen.trimEnd().split('\n').map(Number);
  expect(lines).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].flatMap((i) => Array.from({ length: 30_000 }, (_, n) => i * 100_000 + n)),
  );
}, 120_000);

test('a follower that gets more and more data ends at once when it is told', async () => {
  const over = new AbortController();
  writeFileSync(log, 'x'.repeat(2_000_000));
  let pieces = 0;
  await followFile(
    log,
    () => {
      pieces += 1;
      appendFileSync(log, 'x'.repeat(100_000));
      if (pieces === 3) over.abort();
    },
    over.signal,
  );
  // One more may have been on its way.
  expect(pieces).toBeLessThanOrEqual(4);
});

test('a link in the place of a log is not followed', async () => {
  const secret = join(directory, 'secret');
  writeFileSync(secret, 'secret');
  rmSync(log);
  symlinkSync(secret, log);
  let seen = '';
  const following = followFile(
    log,
    (text) => {
      seen += text;
    },
    AbortSignal.timeout(2000),
  );
  await expect(following).rejects.toThrow('is no plain file');
  expect(seen).toBe('');
  await expect(readEnd(log, 10)).rejects.toThrow('is no plain file');
});

test('of a file, the end is read', async () => {
  writeFileSync(log, '0123456789');
  expect(await readEnd(log, 4)).toEqual({ text: '6789', size: 10 });
  expect(await readEnd(log, 100)).toEqual({ text: '0123456789', size: 10 });
  expect(await readEnd(join(directory, 'none'), 4)).toBeUndefined();
  execFileSync('/usr/bin/mkfifo', [join(directory, 'fifo')]);
  await expect(readEnd(join(directory, 'fifo'), 4)).rejects.toThrow('no plain file');
});
