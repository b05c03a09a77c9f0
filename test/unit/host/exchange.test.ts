/** A question to a unix socket: what is said until the answer is whole, and all the ways in which it never is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exchange } from '../../../src/host/exchange.ts';

let directory: string;
let server: Server | undefined;
const open = new Set<Socket>();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-exchange-'));
});

afterEach(() => {
  for (const socket of open) socket.destroy();
  open.clear();
  server?.close();
  server = undefined;
  rmSync(directory, { recursive: true });
});

/** Listens, and does this with each connection; the socket's path. */
async function listening(act: (socket: Socket) => void): Promise<string> {
  const path = join(directory, 'socket');
  server = createServer((socket) => {
    open.add(socket);
    act(socket);
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return path;
}

const options = { first: 5_000, timeout: 10_000, most: 1_000, end: /end\n$/ };

test('what is asked arrives, and the answer is all that was said, however it is cut', async () => {
  let asked = '';
  const path = await listening((socket) => {
    socket.on('data', (part) => {
      asked += part;
      socket.write('one ');
      setTimeout(() => socket.write('e'), 20);
      setTimeout(() => socket.write('nd\n'), 40);
    });
  });
  expect(await exchange(path, 'a question', options)).toBe('one end\n');
  expect(asked).toBe('a question');
});

test.each<[string, (socket: Socket) => void, object, string]>([
  ['says nothing', () => {}, { first: 50 }, 'nobody answered within 0.05 s'],
  [
    'says a word and no more',
    (socket) => socket.write('x'),
    { timeout: 80 },
    'no whole answer within 0.08 s',
  ],
  [
    'drips a byte now and then',
    (socket) => {
      const drip = setInterval(() => socket.write('x'), 10);
      socket.on('close', () => clearInterval(drip)).on('error', () => {});
    },
    { timeout: 80 },
    'no whole answer within 0.08 s',
  ],
  ['goes', (socket) => socket.end('x'), {}, 'the other end was closed'],
  [
    'says too much',
    (socket) => socket.write('x'.repeat(2_000)),
    {},
    'the answer is longer than 1000 characters',
  ],
])('one that %s is a failure', async (_, act, other, why) => {
  const path = await listening(act);
  await expect(exchange(path, '', { ...options, ...other })).rejects.toThrow(why);
});

test('so is a socket that is not there', async () => {
  await expect(exchange(join(directory, 'none'), '', options)).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('ENOENT'),
  });
});

test('a user who has enough is not kept waiting', async () => {
  const path = await listening(() => {});
  const interruption = new AbortController();
  const asked = exchange(path, '', { ...options, signal: interruption.signal });
  setTimeout(() => interruption.abort(), 20);
  await expect(asked).rejects.toMatchObject({ code: 'interrupted' });
  await expect(exchange(path, '', { ...options, signal: interruption.signal })).rejects.toMatchObject({
    code: 'interrupted',
  });
});
