/** A client of QEMU's machine protocol over a unix socket (QEMU, docs/interop/qmp-spec). */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabnetError, messageOf } from '../errors.ts';
import * as z from '../zod.ts';

/** How long answers may take, and who is told of events. */
export interface QmpOptions {
  /** Milliseconds each answer may take. */
  readonly timeout: number;
  readonly onEvent?: (name: string, data: unknown) => void;
}

/** A connection to the QMP socket of a QEMU. */
export interface QmpClient {
  /**
   * Gives a command and resolves to its answer.
   *
   * @throws LabnetError failed with QEMU's own description, or when it does not answer in time
   */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

/** The most characters of one line: no answer that labnet asks for comes near it. */
const longestLine = 1024 * 1024;

/**
 * What QEMU says: a greeting, an event, or the answer to the command of that id (qmp-spec, "Protocol Specification").
 */
const messageSchema = z.looseObject({
  QMP: z.looseObject({}).optional(),
  event: z.string().optional(),
  data: z.unknown().optional(),
  id: z.number().optional(),
  error: z.looseObject({ desc: z.string() }).optional(),
});

/** Connects and leaves capabilities mode. @throws LabnetError failed when nobody listens or answers. */
export async function openQmp(path: string, { timeout, onEvent }: QmpOptions): Promise<QmpClient> {
  const socket = await connect(path);
  const waiting = new Map<number, Waiting>();
  let broken: LabnetError | undefined;
  const fail = (error: LabnetError) => {
    broken ??= error;
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  const settle = (id: number, act: (one: Waiting) => void) => {
    const one = waiting.get(id);
    waiting.delete(id);
    // Nobody waits for an answer that comes too late, and it is nobody else's.
    if (one !== undefined) act(one);
  };
  const take = (line: string) => {
    const message = messageSchema.safeParse(parse(line)).data;
    const { id, error } = message ?? {};
    if (message?.QMP !== undefined) settle(greeting, ({ resolve }) => resolve(message));
    else if (message?.event !== undefined) onEvent?.(message.event, message.data);
    else if (id !== undefined && error !== undefined)
      settle(id, ({ reject }) => reject(new LabnetError('failed', `QEMU: ${error.desc}`)));
    else if (id !== undefined && message !== undefined && 'return' in message)
      settle(id, ({ resolve }) => resolve(message.return));
    else {
      fail(new LabnetError('failed', `${path}: QEMU's answer cannot be read: ${line.slice(0, 200)}`));
      socket.destroy();
    }
  };
  socket.on('error', (cause) => fail(new LabnetError('failed', `${path}: ${cause.message}`, { cause })));
  socket.on('close', () => fail(new LabnetError('failed', `${path}: QEMU closed its control socket`)));
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (broken === undefined && line.trim() !== '') take(line);
    if (rest.length <= longestLine) return;
    fail(new LabnetError('failed', `${path}: QEMU's answer is longer than ${longestLine} characters`));
    socket.destroy();
  });
  let last = greeting;
  const client = {
    execute(command: string, args: Readonly<Record<string, unknown>> = {}) {
      if (broken !== undefined) return Promise.reject(broken);
      last += 1;
      const answer = expect(waiting, last, timeout, `${path}: no answer to ${command}`);
      socket.write(`${JSON.stringify({ execute: command, arguments: args, id: last })}\n`);
      return answer;
    },
    close: () => close(socket),
  };
  try {
    await expect(waiting, greeting, timeout, `${path}: no greeting`);
    await client.execute('qmp_capabilities');
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Milliseconds between a socket's name appearing and somebody listening at it: bind(2) and listen(2) are two calls. */
const listenTimeoutMs = 2_000;

/** Connects, also to a QEMU that is just about to listen. */
async function connect(path: string): Promise<Socket> {
  const deadline = performance.now() + listenTimeoutMs;
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

/** The id of the greeting, which is awaited before any command; the ids of commands come after it. */
const greeting = 0;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Waits `timeout` milliseconds for the answer to that id, which QEMU sends back.
 *
 * @throws LabnetError failed, with `late`, when it does not come in time
 */
function expect(waiting: Map<number, Waiting>, id: number, timeout: number, late: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(id);
      one.reject(new LabnetError('failed', `${late} within ${timeout / 1000} s`));
    }, timeout);
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
    waiting.set(id, one);
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function close(socket: Socket): void {
  socket.removeAllListeners('close');
  socket.destroy();
}
