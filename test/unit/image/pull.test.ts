import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pullImage } from '../../../src/image/pull.ts';
import { listImages } from '../../../src/image/store.ts';
import { fullCheck } from '../../../src/image/store-check.ts';
import { cluster, qcow2File, qcow2Header } from './qcow2.ts';
import { type Workshop, workshop } from './workshop.ts';

const image = qcow2File('pulled');
const digest = sha512(image);

let shop: Workshop;
let server: Server;
let base: string;
/** What the server has, by path; a test changes it. */
let served: Record<string, Uint8Array | string>;
/** Bytes after which the server cuts the line, one for each request for the image; none left: it sends all. */
let cuts: number[];
let knowsRange: boolean;
let ranges: (string | undefined)[];

function sha512(bytes: Uint8Array): string {
  return createHash('sha512').update(bytes).digest('hex');
}

beforeEach(async () => {
  shop = await workshop();
  served = { '/image.qcow2': image, '/SHA512SUMS': `${digest}  image.qcow2\n` };
  cuts = [];
  knowsRange = true;
  ranges = [];
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await shop.remove();
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const content = served[request.url ?? ''];
  if (content === undefined) {
    response.writeHead(404).end();
    return;
  }
  if (request.url !== '/image.qcow2') {
    response.end(content);
    return;
  }
  ranges.push(request.headers.range);
  const start = knowsRange ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
  if (start > 0 && start >= content.length) {
    response.writeHead(416).end();
    return;
  }
  const rest = content.slice(start);
  const range =
    start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {};
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length, ...range });
  const cut = cuts.shift();
  if (cut === undefined) response.end(rest);
  else if (cut === 0) response.destroy();
  else response.write(rest.slice(0, cut), () => setTimeout(() => response.destroy(), 500));
}

const pull = (options = {}, request = {}) =>
  pullImage({ name: 'pulled', url: `${base}/image.qcow2`, ...request }, options, shop.host, shop.roots);

const kept = () => readdir(`${shop.roots.cache}/download`).catch(() => []);

async function keepPart(content: Uint8Array): Promise<void> {
  await mkdir(`${shop.roots.cache}/download`, { recursive: true });
  await writeFile(`${shop.roots.cache}/download/${digest}.part`, content);
}

test('downloads, checks and stores, and says how far it is', async () => {
  const progress: [number, number | undefined][] = [];
  const stored = await pull({
    onProgress: (bytes: number, total: number | undefined) => progress.push([bytes, total]),
  });
  expect(stored).toMatchObject({ name: 'pulled', source: 'pull', size: image.length });
  expect(stored.notes).toEqual([`pulled from ${base}/image.qcow2`, expect.stringContaining('plain http')]);
  await fullCheck(stored);
  expect(progress.at(-1)).toEqual([image.length, image.length]);
  expect(await readdir(shop.roots.cache)).toEqual([]);
});

test('takes the checksums from another address when told one', async () => {
  served['/elsewhere'] = `${digest}  image.qcow2\n`;
  delete served['/SHA512SUMS'];
  await pull({}, { sums: `${base}/elsewhere`, recipe: 'debian-11' });
  expect(await listImages(shop.host, shop.roots)).toMatchObject([{ recipe: 'debian-11' }]);
});

describe('a line that is cut', () => {
  test('is taken up again where it ended', async () => {
    cuts = [10_000, 20_000];
    await fullCheck(await pull());
    expect(ranges).toEqual([undefined, 'bytes=10000-', 'bytes=30000-']);
  });

  test('for good: what came is kept, and the next run goes on from there', async () => {
    cuts = [10_000, 0, 0, 0];
    await expect(pull()).rejects.toMatchObject({
      code: 'failed',
      hint: expect.stringContaining('goes on from there'),
    });
    expect(await kept()).toEqual([`${digest}.part`]);
    await fullCheck(await pull());
    expect(ranges.at(-1)).toBe('bytes=10000-');
    expect(await kept()).toEqual([]);
  });

  test('starts anew with a server that knows no ranges', async () => {
    knowsRange = false;
    cuts = [10_000];
    await fullCheck(await pull());
  });
});

test('a whole download that an earlier run left is used as it is', async () => {
  await keepPart(image);
  await fullCheck(await pull());
  expect(ranges).toEqual([`bytes=${image.length}-`]);
});

test('a spoilt one from an earlier run is thrown away and fetched again', async () => {
  await keepPart(new Uint8Array(30_000).fill(7));
  await fullCheck(await pull());
  expect(ranges).toEqual(['bytes=30000-', undefined]);
});

describe('refuses', () => {
  const nothingStored = async () => {
    expect(await listImages(shop.host, shop.roots)).toEqual([]);
    expect(await kept()).toEqual([]);
  };

  test('a wrong checksum, and keeps nothing', async () => {
    served['/SHA512SUMS'] = `${'0'.repeat(128)}  image.qcow2\n`;
    await expect(pull()).rejects.toThrow(/is not what its SHA512SUMS says/);
    expect(ranges).toHaveLength(1);
    await nothingStored();
  });

  test('an image the checksums do not list, without fetching it', async () => {
    served['/SHA512SUMS'] = `${digest}  other.qcow2\n`;
    await expect(pull()).rejects.toThrow(/lists no image\.qcow2/);
    expect(ranges).toEqual([]);
    await nothingStored();
  });

  test('to go on without checksums', async () => {
    delete served['/SHA512SUMS'];
    await expect(pull()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/SHA512SUMS.*404/),
    });
    await nothingStored();
  });

  test('checksums without end', async () => {
    served['/SHA512SUMS'] = 'x'.repeat(1_000_001);
    await expect(pull()).rejects.toThrow(/longer than/);
  });

  test('an image that is not there', async () => {
    delete served['/image.qcow2'];
    await expect(pull()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/image\.qcow2.*404/),
    });
    await nothingStored();
  });

  test.each([
    ['names a backing file', qcow2Header({ backingOffset: 512n, backingLength: 4 }), 'backing file'],
    ['was cut off before its checksum was made', qcow2File().subarray(0, 5 * cluster), 'it was cut off'],
    ['no BIOS boots', qcow2File('', new Uint8Array(512)), 'no boot sector'],
  ])('a right download that %s, and keeps nothing', async (_, bad, why) => {
    served['/image.qcow2'] = bad;
    served['/SHA512SUMS'] = `${sha512(bad)}  image.qcow2\n`;
    await expect(pull()).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringContaining(why),
      hint: expect.not.stringMatching(/\b(?:NEW|NAME)\b/),
    });
    await nothingStored();
  });

  test('a server that nobody answers at', async () => {
    server.close();
    server.closeAllConnections();
    await expect(pull()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test.each(['image.qcow2', 'file:///etc/passwd', 'ftp://x/image.qcow2', 'http://x.test/'])(
    'the address %s',
    async (url) => {
      await expect(pull({}, { url })).rejects.toMatchObject({ code: 'usage' });
    },
  );

  test('a bad name', async () => {
    await expect(pull({}, { name: '../x' })).rejects.toMatchObject({ code: 'usage' });
  });
});

test('interrupted, it stops, and keeps what came', async () => {
  const controller = new AbortController();
  cuts = [10_000, 0];
  const pulling = pull({ signal: controller.signal, onProgress: () => controller.abort() });
  await expect(pulling).rejects.toMatchObject({ code: 'interrupted' });
  expect(await kept()).toEqual([`${digest}.part`]);
});
