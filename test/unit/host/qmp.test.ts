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
  answer: (command: string, socket: Socket, id: number) => string | undefined,
  at = path,
): Promise<void> {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
    socket.on('data', (bytes) => {
      for (const line of bytes.toString().trim().split('\n')) {
        const { execute, id } = JSON.parse(line) as { execute: string; id: number };
        const reply =
          execute === 'qmp_capabilities' ? '{"return": {}, "id": ID}' : answer(execute, socket, id);
        if (reply !== undefined) socket.write(`${reply.replace('ID', String(id))}\r\n`);
      }
    });
  }).listen(at);
  await new Promise((resolve) => server?.once('listening', resolve));
}

test('a command is answered', async () => {
  await serve(() => '{"return": {"status": "running"}, "id": ID}');
  const client = await openQmp(path, { timeout: 2_000 });
  expect(await client.execute('query-status')).toEqual({ status: 'running' });
  client.close();
});

test('events between command and answer go their own way', async () => {
  await serve(() => '{"event": "STOP", "data": {"x": 1}}\r\n{"return": 5, "id": ID}');
  const events: unknown[] = [];
  const client = await openQmp(path, { timeout: 2_000, onEvent: (name, data) => events.push([name, data]) });
  expect(await client.execute('stop')).toBe(5);
  expect(events).toEqual([['STOP', { x: 1 }]]);
  client.close();
});

test('an error carries QEMU’s words', async () => {
  await serve(() => '{"error": {"class": "CommandNotFound", "desc": "no such command"}, "id": ID}');
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
    await serve(() => '{"return": 1, "id": ID}', `${path}.new`);
    renameSync(`${path}.new`, path);
  }, 100);
  const client = await openQmp(path, { timeout: 2_000 });
  expect(await client.execute('query-status')).toBe(1);
  client.close();
});

test('nobody there is told', async () => {
  await expect(openQmp(path, { timeout: 500 })).rejects.toMatchObject({ code: 'failed' });
});

test('an answer that comes late is given to no other command', async () => {
  await serve((command, socket, id) => {
    if (command === 'query-status') {
      setTimeout(() => socket.write(`{"return": "late", "id": ${id}}\r\n`), 150);
      return undefined;
    }
    setTimeout(() => socket.write(`{"return": "own", "id": ${id}}\r\n`), 180);
    return undefined;
  });
  const client = await openQmp(path, { timeout: 100 });
  await expect(client.execute('query-status')).rejects.toThrow('no answer to query-status');
  // By then the late one has come.
  const other = await Promise.allSettled([client.execute('query-block')]);
  client.close();
  const slow = await openQmp(path, { timeout: 2_000 });
  expect(await slow.execute('query-block')).toBe('own');
  slow.close();
  expect(other[0]).not.toMatchObject({ value: 'late' });
});

test('two answers in another order come to whom they are for', async () => {
  const ids: number[] = [];
  await serve((command, socket, id) => {
    ids.push(id);
    if (command === 'second')
      for (const one of [...ids].reverse()) socket.write(`{"return": ${one}, "id": ${one}}\r\n`);
    return undefined;
  });
  const client = await openQmp(path, { timeout: 2_000 });
  const answers = await Promise.all([client.execute('first'), client.execute('second')]);
  expect(answers).toEqual(ids);
  client.close();
});

test.each([
  ['that is no JSON', 'hello'],
  ['that is no object', '5'],
  ['that answers nothing', '{}'],
  ['without the id of a command', '{"return": {}}'],
  ['that is an answer without a return', '{"id": ID}'],
  ['with an error of no description', '{"error": "x", "id": ID}'],
])('a line %s is a failure at once, and no answer; the next command meets it too', async (_, line) => {
  await serve(() => line);
  const client = await openQmp(path, { timeout: 60_000 });
  await expect(client.execute('query-status')).rejects.toThrow("QEMU's answer cannot be read: ");
  await expect(client.execute('query-block')).rejects.toThrow("QEMU's answer cannot be read: ");
  client.close();
});

test('a line without end is given up, and not kept', async () => {
  await serve((_, socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      if (!socket.destroyed) socket.once('drain', more);
    };
    more();
    return undefined;
  });
  const client = await openQmp(path, { timeout: 60_000 });
  await expect(client.execute('query-status')).rejects.toThrow(
    "QEMU's answer is longer than 1048576 characters",
  );
  client.close();
});
