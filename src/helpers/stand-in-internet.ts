import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { dnsAnswer } from './dns-answer.ts';

/** Where the stand-in internet is, and the one name that it knows. */
export interface StandIn {
  readonly address: string;
  /** The name that leads to the address. */
  readonly name: string;
  /** File made when all servers listen. */
  readonly ready: string;
}

/** Serves HTTP on port 80 and DNS on port 53 (UDP and TCP) until the signal. The kernel answers ping. */
export async function standInInternet({ address, name, ready }: StandIn, signal: AbortSignal): Promise<void> {
  const records = new Map([[name, address]]);
  const http = createHttpServer((request, response) => {
    // Answered when all of the request has come, so that the answer shows that it has.
    request.resume().on('end', () => {
      response.setHeader('content-type', 'text/plain');
      response.end('labnet: this is the stand-in internet of the sandbox\n');
    });
  });
  const dns = createSocket('udp4', (query, from) => {
    const answer = dnsAnswer(query, records);
    if (answer !== undefined) dns.send(answer, from.port, from.address);
  });
  const dnsOverTcp = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (message) => {
      const answer = dnsAnswer(message.subarray(2), records);
      if (answer === undefined) return socket.destroy();
      // Over TCP a message is led by its length in two bytes (RFC 1035, section 4.2.2).
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      return socket.end(Buffer.concat([length, answer]));
    });
  });
  http.listen(80, address);
  dnsOverTcp.listen(53, address);
  dns.bind(53, address);
  await Promise.all([once(http, 'listening'), once(dnsOverTcp, 'listening'), once(dns, 'listening')]);
  writeFileSync(ready, '', { mode: 0o600 });
  const stop = () => {
    http.close();
    http.closeAllConnections();
    dnsOverTcp.close();
    dns.close();
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
}
