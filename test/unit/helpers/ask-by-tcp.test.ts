/** A question by TCP, to resolvers on the loopback: one that knows a name, and what answers in other ways. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { helperNamed } from '../../../src/cli/helpers.ts';
import { askByTcp } from '../../../src/helpers/ask-by-tcp.ts';
import { dnsAnswer } from '../../../src/helpers/dns-answer.ts';
import { reach } from '../../../src/helpers/reach.ts';

const written = vi.hoisted((): string[] => []);
vi.mock('../../../src/cli/write-out.ts', () => ({ writeOut: (text: string) => written.push(text) }));

const servers: Server[] = [];
const records = new Map([['www.lab.test', '192.0.2.80']]);

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A resolver that sends this in answer to a question, in two parts; undefined is silence. */
async function resolver(answer: (query: Buffer) => Buffer | undefined): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (part) => {
      const said = answer(part.subarray(2));
      if (said === undefined) return;
      const all = Buffer.concat([Buffer.from([said.length >> 8, said.length & 255]), said]);
      socket.write(all.subarray(0, 15));
      setTimeout(() => socket.write(all.subarray(15)), 20);
    });
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const asking = () => ({ limit: AbortSignal.timeout(2_000), againMs: 300 });
const knows = (query: Buffer) => dnsAnswer(query, records);
const withCode = (code: number) => (query: Buffer) => {
  const said = Buffer.from(query);
  said.writeUInt16BE(0x8180 | code, 2);
  return said;
};

test('a name has its address, however the answer is cut', async () => {
  const answered = await askByTcp('www.lab.test', await resolver(knows), asking());
  expect(answered).toEqual({ address: '192.0.2.80', code: '' });
});

test('an alias before the address is passed over', async () => {
  const aliased = await resolver((query) => {
    const said = knows(query) ?? query;
    said.writeUInt16BE(2, 6);
    const alias = Buffer.from([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, 97, 0]);
    return Buffer.concat([said.subarray(0, query.length), alias, said.subarray(query.length)]);
  });
  expect(await askByTcp('www.lab.test', aliased, asking())).toEqual({ address: '192.0.2.80', code: '' });
});

test.each<[string, (query: Buffer) => Buffer | undefined, string]>([
  ['a name that does not exist', (query) => dnsAnswer(query, new Map()), 'ENOTFOUND'],
  ['one that cannot be looked up', withCode(2), 'ESERVFAIL'],
  ['one that this asker may not know', withCode(5), 'EREFUSED'],
  ['a name without an address', withCode(0), 'ENODATA'],
  ['a code that says nothing of the name', withCode(4), ''],
  ['silence', () => undefined, ''],
  [
    'an answer to another question',
    (query) => knows(Buffer.concat([Buffer.from('xx'), query.subarray(2)])),
    '',
  ],
  ['an answer that is cut short', (query) => knows(query)?.subarray(0, query.length + 5), ''],
  ['no message', () => Buffer.from('x'.repeat(20)), ''],
])('%s', async (_, answer, code) => {
  expect(await askByTcp('www.lab.test', await resolver(answer), asking())).toEqual({ code });
});

test('a port where no program answers', async () => {
  const gone = await resolver(knows);
  for (const server of servers.splice(0)) server.close();
  expect(await askByTcp('www.lab.test', gone, asking())).toEqual({ code: 'ECONNREFUSED' });
});

test('the canary asks so where it is told to, and says what came', async () => {
  const destination = { pace: 1, host: 'www.other.test', port: 80, bytes: 0, byTcp: true };
  const one = await resolver(knows);
  expect(await reach({ ...destination, resolvers: [one] })).toMatchObject([
    { id: 'name', ok: false, saidNo: true, reason: `www.other.test does not exist, says ${one}` },
  ]);
  await helperNamed('reach')?.(['1', 'www.other.test', '80', '0', 'tcp', one], AbortSignal.timeout(5_000));
  expect(written.join('')).toContain(`does not exist, says ${one}`);
});
