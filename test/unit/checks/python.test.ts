/** The checks that speak Python in the guest, with servers on the loopback. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { dnsAnswer } from '../../../src/helpers/dns-answer.ts';
import { shipped } from '../../../src/paths.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** What the program says, and its status. */
async function python(words: readonly string[], port = 53) {
  const text = readFileSync(`${shipped.guest}checks.py`, 'utf8').replace('(server, 53)', `(server, ${port})`);
  const { stdout, exitCode } = await execa('python3', ['-c', text, ...words], { reject: false });
  return `${exitCode}: ${stdout}`;
}

/** A web server that answers so; its URL. */
async function webServer(status: number, body: string, headers = {}): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body));
  server.listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test.each([
  [200, 'hello you', ['200', ''], '0: URL answers 200'],
  [200, 'hello you', ['200', 'hello'], '0: URL answers 200'],
  [200, 'hello you', ['200', '/^h.*u$/'], '0: URL answers 200'],
  [200, 'hello you', ['200', 'bye'], '1: what URL answers lacks: bye'],
  [200, 'hello you', ['404', ''], '1: URL answers 200, expected 404'],
  [404, '', ['404', ''], '0: URL answers 404'],
  [500, '', ['200', ''], '1: URL answers 500, expected 200'],
  [302, '', ['302', ''], '0: URL answers 302'],
])('a web server that answers %i %j, asked for %j', async (status, body, words, verdict) => {
  const url = await webServer(status, body, status === 302 ? { location: 'http://192.0.2.1/' } : {});
  expect((await python(['http', '5', url, ...words])).replace(url, 'URL')).toBe(verdict);
});

test('a port where nobody listens is told', async () => {
  expect(await python(['http', '5', 'http://127.0.0.1:1/', '200', ''])).toMatch(/^1: .*refused/);
});

/** A name server that answers so; its port. */
async function nameServer(answer: (query: Buffer) => Buffer | undefined): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const reply = answer(query);
    if (reply !== undefined) socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  closing.push(() => socket.close());
  await once(socket, 'listening');
  return socket.address().port;
}

/** An answer to a query, with records of these types and data; their names point to the question. */
function answered(query: Buffer, ...records: readonly [number, Buffer][]): Buffer {
  const head = Buffer.from(query);
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(records.length, 6);
  const texts = records.map(([type, data]) =>
    Buffer.concat([Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data]),
  );
  return Buffer.concat([head, ...texts]);
}

const label = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);

test('an address of the stand-in internet', async () => {
  const port = await nameServer((query) => dnsAnswer(query, new Map([['www.lab.test', '192.0.2.80']])));
  expect(await python(['dns', '3', 'www.lab.test', 'A', '127.0.0.1'], port)).toBe('0: 192.0.2.80');
  expect(await python(['dns', '3', 'other.test', 'A', '127.0.0.1'], port)).toBe(
    '1: other.test has no A record at 127.0.0.1',
  );
});

test.each([
  ['A', [1, Buffer.from([192, 0, 2, 7])], '192.0.2.7'],
  ['AAAA', [28, Buffer.from('20010db8000000000000000000000007', 'hex')], '2001:db8::7'],
  ['CNAME', [5, Buffer.concat([label('web'), Buffer.from([0xc0, 0x0c])])], 'web.lab'],
  ['MX', [15, Buffer.concat([Buffer.from([0, 10]), label('mail'), Buffer.from([0])])], 'mail'],
  ['TXT', [16, Buffer.concat([label('v=spf1 '), label('-all')])], 'v=spf1 -all'],
] as const)('a record of type %s, beside one of another', async (type, [number, data], told) => {
  const other: [number, Buffer] = [2, Buffer.concat([label('ns'), Buffer.from([0])])];
  const port = await nameServer((query) => answered(query, other, [number, data]));
  expect(await python(['dns', '3', 'lab', type, '127.0.0.1'], port)).toBe(`0: ${told}`);
});

test.each([
  ['of nothing', () => Buffer.alloc(0)],
  [
    'cut in the middle',
    (query: Buffer) => answered(query, [5, Buffer.concat([label('web'), Buffer.from([0])])]).subarray(0, -3),
  ],
  ['with a name that leads to itself', (query: Buffer) => answered(query, [5, Buffer.from([0xc0, 0x21])])],
])('an answer %s is none', async (_, answer) => {
  const port = await nameServer(answer);
  expect(await python(['dns', '1', 'lab', 'CNAME', '127.0.0.1'], port)).toMatch(
    /^1: 127\.0\.0\.1 (?:answers what|does not)/,
  );
});
