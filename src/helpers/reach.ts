/** What a program in the canary's namespace tries of the way out: a name, a connection, a lot of data. */
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Destination {
  /** How many times longer than on a usual PC each try may take. */
  readonly pace: number;
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** To be sent by HTTP; 0: the connection is enough. */
  readonly bytes: number;
  readonly resolvers: readonly string[];
}

/** How far one try came. */
export interface Reached {
  readonly id: 'name' | 'tcp' | 'data';
  readonly ok: boolean;
  /** Somebody has answered, and said no: a resolver, the far end, or a rule on the way. */
  readonly saidNo?: true;
  readonly reason: string;
}

/** Milliseconds on a usual PC. Each part is asked for again and again within its time, so that one lost packet is no failure. */
const patience = { whole: 1_000, again: 250, data: 1_000 };

/** Name, connection and data, each when the one before it has worked. */
export async function reach({
  pace,
  host,
  port,
  bytes,
  resolvers,
}: Destination): Promise<readonly Reached[]> {
  const limit = AbortSignal.timeout(patience.whole * pace);
  const found: Reached[] = [];
  let address = host;
  if (isIP(host) === 0) {
    const name = await lookUp(host, resolvers, { limit, againMs: patience.again * pace });
    found.push({ id: 'name', ...name.heard });
    if (name.address === undefined) return found;
    address = name.address;
  }
  const answer = await tryToConnect(address, port, limit);
  const where = `${address} port ${port}`;
  found.push({ id: 'tcp', ...heard(answer, where) });
  if (answer !== 'accepts' || bytes === 0) return found;
  const data = await send(address, port, bytes, patience.data * pace);
  return [...found, { id: 'data', ok: data === undefined, reason: data ?? `${where} took ${bytes} bytes` }];
}

/** What a resolver answers that has no address to give (dns.NODATA and the like in Node's documentation). */
const noAddress: Readonly<Record<string, string>> = {
  ENOTFOUND: 'does not exist',
  ENODATA: 'has no IPv4 address',
  ESERVFAIL: 'cannot be looked up now',
  EREFUSED: 'is not looked up for this asker',
};

/** The first address of a name; without one, what was heard instead. */
async function lookUp(
  name: string,
  resolvers: readonly string[],
  { limit, againMs }: { readonly limit: AbortSignal; readonly againMs: number },
): Promise<{ readonly address?: string; readonly heard: Omit<Reached, 'id'> }> {
  const asked = resolvers.join(', ');
  const nothing = { heard: { ok: false, reason: `no answer about ${name} from ${asked}` } };
  if (resolvers.length === 0) return nothing;
  const resolver = new Resolver({ timeout: againMs, tries: 4 });
  resolver.setServers(resolvers);
  limit.addEventListener('abort', () => resolver.cancel());
  try {
    const [address = ''] = await resolver.resolve4(name);
    return { address, heard: { ok: true, reason: `${name} is ${address}` } };
  } catch (error) {
    const answer = noAddress[(error as NodeJS.ErrnoException).code ?? ''];
    if (answer === undefined) return nothing;
    return { heard: { ok: false, saidNo: true, reason: `${name} ${answer}, says ${asked}` } };
  }
}

type Answer = 'accepts' | 'refuses' | 'nothing';

function heard(answer: Answer, where: string): Omit<Reached, 'id'> {
  if (answer === 'accepts') return { ok: true, reason: `${where} answers` };
  if (answer === 'nothing') return { ok: false, reason: `no connection to ${where}` };
  return { ok: false, saidNo: true, reason: `${where} refuses connections` };
}

/** Asked for again and again until a connection stands, also after a refusal: whoever follows the packets must see some. */
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
          if (error.code === 'ECONNREFUSED' && answer === 'nothing') answer = 'refuses';
        },
      );
      await sleep(patience.again, undefined, { signal: over.signal }).catch(() => {});
    }
  };
  await tries();
  for (const socket of sockets) socket.destroy();
  return answer;
}

/** Undefined once the other end has said that it took all. */
async function send(host: string, port: number, bytes: number, limitMs: number): Promise<string | undefined> {
  // Asked for here alone: for most labs a connection is enough.
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
