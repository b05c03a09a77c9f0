/** What lies where somebody else may write leads root nowhere, and holds it up nowhere. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copy } from '../../../src/host/copy-file.ts';
import { followFile } from '../../../src/host/follow-file.ts';
import { readFileStart } from '../../../src/host/plain-file.ts';

let directory: string;
const at = (name: string) => join(directory, name);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-plain-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const kinds: Readonly<Record<string, (path: string) => unknown>> = {
  'a link': (path) => {
    writeFileSync(at('secret'), 'secret');
    symlinkSync(at('secret'), path);
  },
  'a link to nothing': (path) => symlinkSync(at('nothing'), path),
  'a pipe': (path) => execFileSync('mkfifo', [path]),
  'a directory': (path) => mkdirSync(path),
  'a device': (path) => execFileSync('mknod', [path, 'c', '1', '5']),
  'a socket': (path) =>
    new Promise((resolve) =>
      createServer()
        .listen(path, () => resolve(undefined))
        .unref(),
    ),
};

describe.each(Object.keys(kinds))('%s', (kind) => {
  beforeEach(() => kinds[kind]?.(at('it')));

  test('is not copied', async () => {
    await expect(copy(at('it'), at('to'), { mode: 0o600 })).rejects.toThrow('is no plain file');
  });

  test('is not read', async () => {
    await expect(readFileStart(at('it'), 10)).rejects.toThrow('is no plain file');
  });

  test('is not followed', async () => {
    const over = new AbortController();
    const said: string[] = [];
    const note = (text: string) => {
      said.push(text);
    };
    await expect(followFile(at('it'), note, over.signal)).rejects.toThrow('is no plain file');
    expect(said).toEqual([]);
  });
});

test('a file that comes later is followed', async () => {
  const over = new AbortController();
  let said = '';
  const following = followFile(
    at('log'),
    (text) => {
      said += text;
      if (said === 'one two') over.abort();
    },
    over.signal,
  );
  setTimeout(() => writeFileSync(at('log'), 'one '), 50);
  setTimeout(() => appendFileSync(at('log'), 'two'), 200);
  await following;
  expect(said).toBe('one two');
});
