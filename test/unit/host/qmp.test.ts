import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openQmp } from '../../../src/host/qmp.ts';

let directory: string;
let path: string;
let server: Server | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-qmp-'));
  path = join(directory, 'qmp.sock');
});

afterEach(() => {
  server?.close();
  rmSync(directory, { recursive: true });
});

/** A QEMU that answers each command with what the function returns. */
async function serve(
  answer: (command: string, socket: Socket) => string | undefined,
  at = path,
): Promise<void> {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
    socket.on('data', (bytes) => {
      for (const line of bytes.toString().trim().split('\n')) {
        const { execute } = JSON.parse(line) as { execute: string };
        const reply = execute === 'qmp_capabilities' ? '{"return": {}}' : answer(execute, socket);
        if (reply !== undefined) socket.write(`${reply}\r\n`);
      }
    });
  }).listen(at);
  await new Promise((resolve) => server?.once('listening', resolve));
}

test('a command is answered', async () => {
  await serve(() => '{"return": {"status": "running"}}');
  const client = await openQmp(path, { timeout: 2_000 });
  expect(await client.execute('query-status')).toEqual({ status: 'running' });
  client.close();
});

test('events between command and answer go their own way', async () => {
  await serve(() => '{"event": "STOP", "data": {"x": 1}}\r\n{"return": 5}');
  const events: unknown[] = [];
  const client = await openQmp(path, { timeout: 2_000, onEvent: (name, data) => events.push([name, data]) });
  expect(await client.execute('stop')).toBe(5);
  expect(events).toEqual([['STOP', { x: 1 }]]);
  client.close();
});

test('an error carries QEMU’s words', async () => {
  await serve(() => '{"error": {"class": "CommandNotFound", "desc": "no such command"}}');
  const client = await openQmp(path, { timeout: 2_000 });
  await expect(client.execute('dance')).rejects.toThrow('QEMU: no such command');
  client.close();
});

test('no answer in time is told', async () => {
  await serve(() => undefined);
  const client = await openQmp(path, { timeout: 50 });
  await expect(client.execute('query-status')).rejects.toThrow('no answer to query-status within 0.05 s');
  client.close();
});

test('a socket that closes in the middle of a command is told', async () => {
  await serve((_, socket) => {
    socket.destroy();
    return undefined;
  });
  const client = await openQmp(path, { timeout: 2_000 });
  await expect(client.execute('quit')).rejects.toThrow('closed its control socket');
});

test('a QEMU that has bound its socket but does not listen yet is waited for', async () => {
  // What bind(2) without listen(2) looks like: the name is there, and connecting is refused.
  const early = createServer().listen(path);
  await new Promise((resolve) => early.once('listening', resolve));
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => early.close(resolve));
  renameSync(`${path}.kept`, path);
  setTimeout(async () => {
    await serve(() => '{"return": 1}', `${path}.new`);
    renameSync(`${path}.new`, path);
  }, 100);
  const client = await openQmp(path, { timeout: 2_000 });
  expect(await client.execute('query-status')).toBe(1);
  client.close();
});

test('nobody there is told', async () => {
  await expect(openQmp(path, { timeout: 500 })).rejects.toMatchObject({ code: 'failed' });
});
