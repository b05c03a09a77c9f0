/** A client of QEMU's machine protocol over a unix socket (QEMU, docs/interop/qmp-spec). */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabnetError, messageOf } from '../errors.ts';

export interface QmpOptions {
  /** Milliseconds each answer may take. */
  readonly timeout: number;
  readonly onEvent?: (name: string, data: unknown) => void;
}

export interface QmpClient {
  /** @throws LabnetError failed with QEMU's own description, or when it does not answer in time. */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

/** Connects and leaves capabilities mode. @throws LabnetError failed when nobody listens or answers. */
export async function openQmp(path: string, { timeout, onEvent }: QmpOptions): Promise<QmpClient> {
  const socket = await connect(path);
  const waiting: Waiting[] = [];
  const fail = (error: LabnetError) => {
    for (const one of waiting.splice(0)) one.reject(error);
  };
  socket.on('error', (cause) => fail(new LabnetError('failed', `${path}: ${cause.message}`, { cause })));
  socket.on('close', () => fail(new LabnetError('failed', `${path}: QEMU closed its control socket`)));
  createInterface({ input: socket })
    .on('line', (line) => {
      const message = parse(line);
      if (typeof message.event === 'string') onEvent?.(message.event, message.data);
      else settle(waiting.shift(), message);
    })
    .on('error', () => {});
  const client = {
    execute(command: string, args: Readonly<Record<string, unknown>> = {}) {
      const answer = expect(waiting, timeout, `${path}: no answer to ${command}`);
      socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
      return answer;
    },
    close: () => close(socket),
  };
  try {
    await expect(waiting, timeout, `${path}: no greeting`);
    await client.execute('qmp_capabilities');
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Milliseconds between a socket's name appearing and somebody listening at it: bind(2) and listen(2) are two calls. */
const listenTime = 2_000;

/** Connects, also to a QEMU that is just about to listen. */
async function connect(path: string): Promise<Socket> {
  const deadline = performance.now() + listenTime;
  for (;;) {
    const socket = createConnection(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
      if (!refused || performance.now() > deadline) {
        throw new LabnetError('failed', `${path}: ${messageOf(error)}`, { cause: error });
      }
      await sleep(20);
    }
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Answers come in the order of the commands, so the first in the queue is the one meant. */
function expect(waiting: Waiting[], timeout: number, late: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => one.reject(new LabnetError('failed', `${late} within ${timeout / 1000} s`)),
      timeout,
    );
    const one: Waiting = {
      resolve: (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      reject: (error) => {
        clearTimeout(timer);
        reject(error);
      },
    };
    waiting.push(one);
  });
}

function settle(one: Waiting | undefined, message: Readonly<Record<string, unknown>>): void {
  const error = message.error;
  if (typeof error === 'object' && error !== null && 'desc' in error) {
    one?.reject(new LabnetError('failed', `QEMU: ${String(error.desc)}`));
  } else one?.resolve(message.return ?? message);
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function close(socket: Socket): void {
  socket.removeAllListeners('close');
  socket.destroy();
}
