/** A question for a name's IPv4 address by TCP (RFC 7766), as a system asks that has "options use-vc" in resolv.conf(5). */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

/** A name's first address, or why there is none, in the words of Node's dns: ENOTFOUND, ESERVFAIL and the like. */
export interface Answered {
  readonly address?: string;
  /** Empty where nothing came that is an answer. */
  readonly code: string;
}

/** How long an answer is waited for: until the limit, and `againMs` milliseconds at most. */
export interface Asking {
  readonly limit: AbortSignal;
  readonly againMs: number;
}

const dnsPort = 53;
const typeA = 1;

/** Response codes of RFC 1035, 4.1.1. */
const codes: Readonly<Record<number, string>> = { 2: 'ESERVFAIL', 3: 'ENOTFOUND', 5: 'EREFUSED' };

/**
 * Asks one resolver for a name, once.
 *
 * @param resolver its address, and its port where that is not 53: "192.0.2.53:5353"
 */
export function askByTcp(name: string, resolver: string, { limit, againMs }: Asking): Promise<Answered> {
  const [host = '', port = dnsPort] = resolver.split(':');
  const query = queryFor(name);
  return new Promise((resolve) => {
    let heard = Buffer.alloc(0);
    const socket = connect({ host, port: Number(port) }, () => socket.write(framed(query)));
    const over = (answered: Answered) => {
      clearTimeout(timer);
      limit.removeEventListener('abort', nothing);
      socket.destroy();
      resolve(answered);
    };
    const nothing = () => over({ code: '' });
    const timer = setTimeout(nothing, againMs);
    limit.addEventListener('abort', nothing);
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) =>
      over({ code: code === 'ECONNREFUSED' ? code : '' }),
    );
    socket.on('close', nothing);
    socket.on('data', (part) => {
      heard = Buffer.concat([heard, part]);
      const length = heard.length < 2 ? Number.POSITIVE_INFINITY : heard.readUInt16BE(0);
      if (heard.length >= length + 2) over(read(heard.subarray(2, length + 2), query));
    });
  });
}

/** Before each message by TCP stands its length (RFC 1035, 4.2.2). */
function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

function queryFor(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  // One question, recursion desired; no record of any other kind.
  const head = Buffer.from([...randomBytes(2), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const words = labels.map((label) => Buffer.from([label.length & 63, ...Buffer.from(label, 'latin1')]));
  return Buffer.concat([head, ...words, Buffer.from([0, 0, typeA, 0, 1])]);
}

/** What a message answers to a question of ours. */
function read(message: Buffer, query: Buffer): Answered {
  try {
    if (message.readUInt16BE(0) !== query.readUInt16BE(0)) return { code: '' };
    const code = message.readUInt8(3) & 15;
    if (code !== 0) return { code: codes[code] ?? '' };
    let at = query.length;
    for (let left = message.readUInt16BE(6); left > 0; left -= 1) {
      at = afterName(message, at);
      const length = message.readUInt16BE(at + 8);
      if (message.readUInt16BE(at) === typeA && length === 4)
        return { address: [...message.subarray(at + 10, at + 14)].join('.'), code: '' };
      at += 10 + length;
    }
    return { code: 'ENODATA' };
  } catch {
    // A message that is cut short.
    return { code: '' };
  }
}

/** Where a record goes on behind its name, which ends with an empty label or with a pointer (RFC 1035, 4.1.4). */
function afterName(message: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 192) return at + 2;
    at += 1 + length;
  }
}
