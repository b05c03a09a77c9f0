/** What the canary hears of a way out: from a resolver and a server on the loopback that answer as they are told. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reach } from '../../../src/helpers/reach.ts';

/** Response codes of DNS (RFC 1035, 4.1.1); "silence" is none. */
const codes = { fine: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
type Answer = keyof typeof codes | 'silence';

let resolver: Socket;
let server: Server;
let answer: Answer = 'fine';
let addresses: readonly number[] = [];

/** The question with the answer's flags, and the loopback's address if it has one. */
function answerTo(question: Buffer, code: number): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(addresses.length === 0 ? 0 : 1, 6);
  head.writeUInt16BE(0, 10);
  const end = question.indexOf(0, 12) + 5;
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...addresses]);
  return Buffer.concat([head.subarray(0, end), ...(addresses.length === 0 ? [] : [record])]);
}

beforeAll(async () => {
  resolver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(resolver, 'listening');
  resolver.on('message', (question, { port, address }) => {
    if (answer !== 'silence') resolver.send(answerTo(question, codes[answer]), port, address);
  });
  server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  resolver.close();
  server.close();
});

function portOf(one: Server): number {
  const address = one.address();
  if (address === null || typeof address === 'string') throw new Error('it listens at no port');
  return address.port;
}

const tryOut = (host: string, port: number) =>
  reach({ pace: 1, host, port, bytes: 0, resolvers: [`127.0.0.1:${resolver.address().port}`] });

test('a name with an address, and a port that accepts', async () => {
  [answer, addresses] = ['fine', [127, 0, 0, 1]];
  const port = portOf(server);
  expect(await tryOut('www.lab.test', port)).toEqual([
    { id: 'name', ok: true, reason: 'www.lab.test is 127.0.0.1' },
    { id: 'tcp', ok: true, reason: `127.0.0.1 port ${port} answers` },
  ]);
});

test.each([
  ['NXDOMAIN', true, / does not exist, says 127\.0\.0\.1:/],
  ['fine', true, / has no IPv4 address, says /],
  ['SERVFAIL', true, / cannot be looked up now, says /],
  ['REFUSED', true, / is not looked up for this asker, says /],
  ['silence', undefined, /^no answer about www\.lab\.test from /],
] as const)('without an address, %s is told as it is', async (what, saidNo, reason) => {
  [answer, addresses] = [what, []];
  const [name, ...rest] = await tryOut('www.lab.test', 80);
  expect(name).toMatchObject({ id: 'name', ok: false, reason: expect.stringMatching(reason) });
  expect(name?.saidNo).toBe(saidNo);
  expect(rest).toEqual([]);
});

const others = (count: number) =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const other = createSocket('udp4').bind(0, '127.0.0.1');
      await once(other, 'listening');
      return other;
    }),
  );
const placeOf = (one: Socket) => `127.0.0.1:${one.address().port}`;

test.each(['SERVFAIL', 'REFUSED', 'silence'] as const)(
  'a resolver that has no answer (%s) is no failure where the next one has',
  async (first) => {
    [answer, addresses] = ['fine', [127, 0, 0, 1]];
    const [bad] = (await others(1)) as [Socket];
    bad.on('message', (question, { port, address }) => {
      if (first !== 'silence') bad.send(answerTo(question, codes[first]), port, address);
    });
    const found = await reach({
      pace: 1,
      host: 'www.lab.test',
      port: portOf(server),
      bytes: 0,
      resolvers: [placeOf(bad), placeOf(resolver)],
    });
    bad.close();
    expect(found.map(({ ok }) => ok)).toEqual([true, true]);
  },
);

test('of several resolvers without an answer each is told with its own', async () => {
  const [failing, silent] = (await others(2)) as [Socket, Socket];
  failing.on('message', (question, { port, address }) =>
    failing.send(answerTo(question, codes.SERVFAIL), port, address),
  );
  const resolvers = [placeOf(failing), placeOf(silent)];
  const found = await reach({ pace: 1, host: 'www.lab.test', port: 80, bytes: 0, resolvers });
  failing.close();
  silent.close();
  expect(found).toEqual([
    {
      id: 'name',
      ok: false,
      reason: `www.lab.test cannot be looked up now, says ${resolvers[0]}; no answer about www.lab.test from ${resolvers[1]}`,
    },
  ]);
});

test('a resolver whose answers are none is not asked without pause', async () => {
  const [odd] = (await others(1)) as [Socket];
  let asked = 0;
  odd.on('message', (question, { port, address }) => {
    asked += 1;
    // The code for "not implemented".
    odd.send(answerTo(question, 4), port, address);
  });
  const resolvers = [placeOf(odd)];
  const found = await reach({ pace: 1, host: 'www.lab.test', port: 80, bytes: 0, resolvers });
  odd.close();
  expect(found).toMatchObject([{ id: 'name', ok: false, reason: expect.stringMatching(/^no answer about/) }]);
  expect(asked).toBeLessThan(20);
});

test('where no program answers questions, that is heard', async () => {
  const [gone] = (await others(1)) as [Socket];
  const resolvers = [placeOf(gone)];
  gone.close();
  await once(gone, 'close');
  expect(await reach({ pace: 1, host: 'www.lab.test', port: 80, bytes: 0, resolvers })).toEqual([
    {
      id: 'name',
      ok: false,
      saidNo: true,
      reason: `www.lab.test is not looked up: no program answers questions there, says ${resolvers[0]}`,
      noResolver: true,
    },
  ]);
});

test('a port that nobody listens at is no connection', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const port = portOf(closed);
  closed.close();
  const reason = `127.0.0.1 port ${port} refuses connections`;
  expect(await tryOut('127.0.0.1', port)).toEqual([{ id: 'tcp', ok: false, saidNo: true, reason }]);
});

test('an end that begins to listen within the time is a connection', async () => {
  const late = createServer((socket) => socket.end());
  late.listen(0, '127.0.0.1');
  await once(late, 'listening');
  const port = portOf(late);
  late.close();
  await once(late, 'close');
  setTimeout(() => late.listen(port, '127.0.0.1'), 400);
  expect(await tryOut('127.0.0.1', port)).toMatchObject([{ id: 'tcp', ok: true }]);
  late.close();
});
