/** What a program in the canary's namespace tries of the way out: a name, a connection, a lot of data. */
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answered, type Asking, askByTcp } from './ask-by-tcp.ts';

/** What to try, and how long it may take. */
export interface Destination {
  /** How many times longer than on a usual PC each try may take. */
  readonly pace: number;
  /** Name or address of the far end. */
  readonly host: string;
  readonly port: number;
  /** Bytes to send by HTTP; 0 where the connection is enough. */
  readonly bytes: number;
  readonly resolvers: readonly string[];
  /** Whether the resolvers are asked by TCP, and not by UDP. */
  readonly byTcp?: boolean;
}

/** How far one try came. */
export interface Reached {
  readonly id: 'name' | 'tcp' | 'data';
  readonly ok: boolean;
  /** Whether somebody has answered, and said no: a resolver, the far end, or a rule on the way. */
  readonly saidNo?: boolean;
  /** Whether nobody answers questions at any of the resolvers; only for a name. */
  readonly noResolver?: boolean;
  /** Whether an ICMP error has come: a router on the way, or the host itself, knows no way there or allows none. */
  readonly noWay?: boolean;
  readonly reason: string;
}

/**
 * Milliseconds that each part may take on a usual PC. Each is asked for again and again within its time, so that one
 * lost packet is no failure.
 */
const timeoutMs = { whole: 1_000, again: 250, data: 1_000 };

/** Tries name, connection and data, each once the one before it has worked. */
export async function reach({
  pace,
  host,
  port,
  bytes,
  resolvers,
  byTcp = false,
}: Destination): Promise<readonly Reached[]> {
  const limit = AbortSignal.timeout(timeoutMs.whole * pace);
  const found: Reached[] = [];
  let address = host;
  if (isIP(host) === 0) {
    const ask = byTcp ? askByTcp : askByUdp;
    const name = await lookUp(host, resolvers, { ask, limit, againMs: timeoutMs.again * pace });
    found.push({ id: 'name', ...name.heard });
    if (name.address === undefined) return found;
    address = name.address;
  }
  const answer = await tryToConnect(address, port, limit);
  const where = `${address} port ${port}`;
  found.push({ id: 'tcp', ...heard(answer, where) });
  if (answer !== 'accepts' || bytes === 0) return found;
  const data = await send(address, port, bytes, timeoutMs.data * pace);
  return [...found, { id: 'data', ok: data === undefined, reason: data ?? `${where} took ${bytes} bytes` }];
}

/**
 * The answers of a resolver that has no address to give, in words (dns.NODATA and the like in Node's documentation).
 */
const noAddress: Readonly<Record<string, string>> = {
  ENOTFOUND: 'does not exist',
  ENODATA: 'has no IPv4 address',
};

/**
 * The answers, in words, after which glibc asks the next resolver (resolv.conf(5)); this one has answered all the same.
 */
const askNext: Readonly<Record<string, string>> = {
  ESERVFAIL: 'cannot be looked up now',
  EREFUSED: 'is not looked up for this asker',
  ECONNREFUSED: 'is not looked up: no program answers questions there',
};

/**
 * The first address of a name; without one, what was heard instead. Each resolver is asked in turn, as guests do it.
 */
async function lookUp(
  name: string,
  resolvers: readonly string[],
  { ask, limit, againMs }: Asking & { readonly ask: typeof askByUdp },
): Promise<{ readonly address?: string; readonly heard: Omit<Reached, 'id'> }> {
  const said = new Map<string, string>();
  const silent = () => resolvers.filter((resolver) => !said.has(resolver));
  while (!limit.aborted && silent().length > 0) {
    // A round takes that long also where something comes at once that is no answer: nobody is asked more often.
    const round = sleep(againMs, undefined, { signal: limit }).catch(() => {});
    for (const one of silent()) {
      if (limit.aborted) break;
      const answer = await ask(name, one, { limit, againMs });
      if (answer.address !== undefined)
        return { address: answer.address, heard: { ok: true, reason: `${name} is ${answer.address}` } };
      const final = noAddress[answer.code];
      if (final !== undefined)
        return { heard: { ok: false, saidNo: true, reason: `${name} ${final}, says ${one}` } };
      const told = askNext[answer.code];
      if (told !== undefined) said.set(one, told);
    }
    if (silent().length > 0) await round;
  }
  const answers = [...said].map(([resolver, told]) => `${name} ${told}, says ${resolver}`);
  if (said.size > 0 && silent().length === 0) {
    const isNone = [...said.values()].every((told) => told === askNext.ECONNREFUSED);
    const heard = { ok: false, saidNo: true, reason: answers.join('; ') } as const;
    return { heard: isNone ? { ...heard, noResolver: true } : heard };
  }
  const nothing = `no answer about ${name} from ${silent().join(', ')}`;
  return { heard: { ok: false, reason: [...answers, nothing].join('; ') } };
}

async function askByUdp(name: string, resolver: string, { limit, againMs }: Asking): Promise<Answered> {
  const asking = new Resolver({ timeout: againMs, tries: 1 });
  asking.setServers([resolver]);
  const stop = () => asking.cancel();
  limit.addEventListener('abort', stop);
  try {
    const [address] = await asking.resolve4(name);
    return address === undefined ? { code: 'ENODATA' } : { address, code: '' };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? '' };
  } finally {
    limit.removeEventListener('abort', stop);
  }
}

type Answer = 'accepts' | 'refuses' | 'no way' | 'nothing';

/** The errors that a connection ends with when an ICMP error comes for it (icmp(7), ip(7)). */
const icmpErrors: readonly (string | undefined)[] = ['EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EPERM'];

function heard(answer: Answer, where: string): Omit<Reached, 'id'> {
  if (answer === 'accepts') return { ok: true, reason: `${where} answers` };
  if (answer === 'nothing') return { ok: false, reason: `no connection to ${where}` };
  if (answer === 'no way')
    return {
      ok: false,
      noWay: true,
      reason: `no connection to ${where}: an answer says that there is no way`,
    };
  return { ok: false, saidNo: true, reason: `${where} refuses connections` };
}

/** Tries again and again until a connection stands, also after a refusal: whoever follows the packets must see some. */
async function tryToConnect(address: string, port: number, limit: AbortSignal): Promise<Answer> {
  const sockets: Socket[] = [];
  const over = new AbortController();
  let answer: Answer = 'nothing';
  const tries = async () => {
    while (!limit.aborted && !over.signal.aborted) {
      const socket = connect({ host: address, port });
      socket.on('error', () => {});
      sockets.push(socket);
      void once(socket, 'connect').then(
        () => {
          answer = 'accepts';
          over.abort();
        },
        (error: NodeJS.ErrnoException) => {
          if (answer === 'accepts') return;
          if (error.code === 'ECONNREFUSED') answer = 'refuses';
          else if (icmpErrors.includes(error.code) && answer === 'nothing') answer = 'no way';
        },
      );
      await sleep(timeoutMs.again, undefined, { signal: over.signal }).catch(() => {});
    }
  };
  await tries();
  for (const socket of sockets) socket.destroy();
  return answer;
}

/** Sends bytes by HTTP. Undefined once the other end has said that it took all; otherwise what went wrong. */
async function send(host: string, port: number, bytes: number, limitMs: number): Promise<string | undefined> {
  // Loaded only here: for most labs a connection is enough.
  const { request } = await import('node:http');
  const signal = AbortSignal.timeout(limitMs);
  try {
    const posting = request({ host, port, method: 'POST', signal });
    posting.end(Buffer.alloc(bytes));
    const [response] = await once(posting, 'response');
    response.resume();
    await once(response, 'end');
    return undefined;
  } catch {
    return `${bytes} bytes to ${host} port ${port} did not pass`;
  }
}
