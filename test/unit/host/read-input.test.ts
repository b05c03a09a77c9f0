/** What a user names may be a pipe, or a device without end: read is what somebody writes, and no more than is asked for. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readInput } from '../../../src/host/read-input.ts';

let directory: string;
let pipe: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-input-'));
  pipe = join(directory, 'pipe');
  execFileSync('/usr/bin/mkfifo', [pipe]);
});

afterEach(() => rmSync(directory, { recursive: true }));

test('a file is read up to one byte more than was asked for', async () => {
  const file = join(directory, 'file');
  writeFileSync(file, 'näme');
  expect(await readInput(file, { most: 100 })).toEqual(Buffer.from('näme'));
  expect(await readInput(file, { most: 3 })).toEqual(Buffer.from('näm'));
  expect(await readInput('/dev/zero', { most: 3 })).toEqual(Buffer.alloc(4));
});

test('nothing is there, or nobody writes', async () => {
  expect(await readInput(join(directory, 'gone'), { most: 100 })).toBeUndefined();
  expect(await readInput(join(pipe, 'below'), { most: 100 })).toBeUndefined();
  expect(await readInput(pipe, { most: 100 })).toEqual(Buffer.alloc(0));
});

test('a pipe is read to its end, also when its writer takes its time, and not when labnet is to end', async () => {
  // Opened for both, since for writing alone it would wait for the reader.
  const writer = await open(pipe, 'r+');
  const interruption = new AbortController();
  const [whole, given] = [
    readInput(pipe, { most: 7 }),
    readInput(pipe, { most: 7, signal: interruption.signal }),
  ];
  interruption.abort();
  await expect(given).rejects.toThrow('aborted');
  await writer.write('vms: ');
  await sleep(50);
  await writer.write('{}\n');
  expect(await whole).toEqual(Buffer.from('vms: {}\n'));
  await writer.close();
});
