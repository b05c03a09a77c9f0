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
    const [first] = await lookUp(host, resolvers, { limit, againMs: patience.again * pace });
    found.push(
      first === undefined
        ? { id: 'name', ok: false, reason: `no answer about ${host} from ${resolvers.join(', ')}` }
        : { id: 'name', ok: true, reason: `${host} is ${first}` },
    );
    if (first === undefined) return found;
    address = first;
  }
  const refusal = await tryToConnect(address, port, limit);
  const where = `${address} port ${port}`;
  found.push({ id: 'tcp', ok: refusal === undefined, reason: refusal ?? `${where} answers` });
  if (refusal !== undefined || bytes === 0) return found;
  const data = await send(address, port, bytes, patience.data * pace);
  return [...found, { id: 'data', ok: data === undefined, reason: data ?? `${where} took ${bytes} bytes` }];
}

/** The addresses; none when nobody answers. A name that does not exist is no address either. */
async function lookUp(
  name: string,
  resolvers: readonly string[],
  { limit, againMs }: { readonly limit: AbortSignal; readonly againMs: number },
): Promise<readonly string[]> {
  if (resolvers.length === 0) return [];
  const resolver = new Resolver({ timeout: againMs, tries: 4 });
  resolver.setServers(resolvers);
  limit.addEventListener('abort', () => resolver.cancel());
  return resolver.resolve4(name).catch(() => []);
}

/** Undefined once a connection stands; a refusal at its port shows that packets come and go, too. */
async function tryToConnect(address: string, port: number, limit: AbortSignal): Promise<string | undefined> {
  const sockets: Socket[] = [];
  const over = new AbortController();
  const tries = async () => {
    while (!limit.aborted && !over.signal.aborted) {
      const socket = connect({ host: address, port });
      socket.on('error', () => {});
      sockets.push(socket);
      void once(socket, 'connect').then(
        () => over.abort(),
        (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED' && over.abort(),
      );
      await sleep(patience.again, undefined, { signal: over.signal }).catch(() => {});
    }
  };
  await tries();
  for (const socket of sockets) socket.destroy();
  return over.signal.aborted ? undefined : `no connection to ${address} port ${port}`;
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
