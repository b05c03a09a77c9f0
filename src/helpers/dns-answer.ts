/**
 * One DNS answer (RFC 1035, section 4): enough of a server for a sandbox that knows a single name.
 *
 * @param query a message with one question
 * @param records names and their IPv4 addresses
 * @returns the answer: an A record, an empty answer for another type of a known name, or NXDOMAIN; undefined for what
 *   is no query.
 */
export function dnsAnswer(query: Buffer, records: ReadonlyMap<string, string>): Buffer | undefined {
  if (query.length < 17 || (query.readUInt8(2) & 0x80) !== 0 || query.readUInt16BE(4) !== 1) return undefined;
  const question = readQuestion(query);
  if (question === undefined) return undefined;
  const address = records.get(question.name.toLowerCase());
  const answers = address !== undefined && question.type === typeA ? [aRecord(address)] : [];
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // Response, authoritative, with the query's "recursion desired" returned and recursion available.
  header.writeUInt16BE(
    0x8480 | (query.readUInt16BE(2) & 0x0100) | (address === undefined ? nameError : 0),
    2,
  );
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, query.subarray(12, question.end), ...answers]);
}

const typeA = 1;
const nameError = 3;

function readQuestion(query: Buffer): { name: string; type: number; end: number } | undefined {
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at];
    // A length above 63 means a pointer, which has no place in a question.
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > query.length) return undefined;
  return { name: labels.join('.'), type: query.readUInt16BE(at), end: at + 4 };
}

/** The A record of an address; its name is a pointer to the question, at offset 12. */
function aRecord(address: string): Buffer {
  const head = Buffer.from([0xc0, 0x0c, 0, typeA, 0, 1, 0, 0, 0, 60, 0, 4]);
  return Buffer.concat([head, Buffer.from(address.split('.').map(Number))]);
}
