import { execFileSync } from 'node:child_process';
import { access, readdir, readFile, symlink } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importImage } from '../../../src/image/import.ts';
import { fullCheck } from '../../../src/image/store-check.ts';
import { bootSector, qcow2File, qcow2Header } from './qcow2.ts';
import { type Workshop, workshop } from './workshop.ts';

let shop: Workshop;

beforeEach(async () => {
  shop = await workshop();
});

afterEach(() => shop.remove());

const importing = (file: string, options = {}, name = 'mine') =>
  importImage(file, name, options, shop.host, shop.roots);

test('copies a qcow2 file, and leaves the original alone', async () => {
  const file = await shop.file('a.qcow2', qcow2File());
  const image = await importing(file);
  expect(image).toMatchObject({ name: 'mine', source: 'import', notes: [`imported from ${file}`] });
  await fullCheck(image);
  expect(new Uint8Array(await readFile(file))).toEqual(qcow2File());
  expect(await readdir(shop.roots.cache)).toEqual([]);
});

test('follows a symlink to the file', async () => {
  const file = await shop.file('a.qcow2', qcow2File());
  await symlink(file, `${shop.base}/link`);
  expect((await importing(`${shop.base}/link`)).notes).toEqual([`imported from ${file}`]);
});

test('takes a raw file only when told that it is one', async () => {
  const disk = new Uint8Array(1_048_576);
  disk.set(bootSector());
  const file = await shop.file('disk.raw', disk);
  await expect(importing(file)).rejects.toMatchObject({
    code: 'host-cannot',
    hint: `a raw disk image must be called one: sudo labnet image import ${file} --format raw --name mine`,
  });
  const image = await importing(file, { format: 'raw' });
  expect(image.virtualSize).toBe(1_048_576);
  expect((await readFile(image.path)).subarray(0, 3).toString()).toBe('QFI');
});

test('a raw file that holds a qcow2 header stays raw: it is never looked into', async () => {
  const disk = qcow2Header({ total: 65_536 });
  disk.set(bootSector().subarray(510), 510);
  const file = await shop.file('disk.raw', disk);
  expect((await importing(file, { format: 'raw' })).virtualSize).toBe(65_536);
});

test.each([
  ['nothing', new Uint8Array()],
  ['half a sector', new Uint8Array(700)],
])('refuses %s as a raw disk', async (_, content) => {
  const file = await shop.file('disk.raw', content);
  await expect(importing(file, { format: 'raw' })).rejects.toMatchObject({
    code: 'host-cannot',
    message: expect.stringContaining(file),
  });
  await expect(access(shop.roots.cache)).rejects.toThrow('ENOENT');
});

test.each([
  ['a backing file', { backingOffset: 512n, backingLength: 11 }],
  ['an external data file', { incompatible: 4n }],
])('refuses %s, naming the file, before anything is copied', async (_, fields) => {
  const file = await shop.file('bad.qcow2', qcow2Header(fields));
  await expect(importing(file)).rejects.toMatchObject({
    code: 'host-cannot',
    message: expect.stringContaining(file),
  });
  await expect(access(shop.roots.cache)).rejects.toThrow('ENOENT');
});

test('refuses what is not there', async () => {
  await expect(importing(`${shop.base}/missing.qcow2`)).rejects.toMatchObject({
    code: 'usage',
    message: `${shop.base}/missing.qcow2 is no file of a disk image: there is no such file`,
  });
});

const importLine = 'sudo labnet image import FILE --name NAME';

test.each([
  ['directory', 'mkdir "$0"', importLine],
  ['pipe', 'mkfifo "$0"', importLine],
  [
    'socket',
    'exec python3 -c "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])" "$0"',
    importLine,
  ],
  ['character device', 'mknod "$0" c 1 3', importLine],
  // Of numbers that no driver has: what would open it, would fail.
  [
    'block device',
    'mknod "$0" b 240 250',
    /^sudo qemu-img convert -f raw -O qcow2 \S+\/odd disk\.qcow2\nsudo labnet image import disk/,
  ],
])('says of a %s that it is one, also behind a link, and does not wait for it', async (kind, make, hint) => {
  const file = `${shop.base}/odd`;
  execFileSync('sh', ['-c', make, file]);
  await symlink(file, `${shop.base}/link`);
  for (const path of [file, `${shop.base}/link`])
    await expect(importing(path)).rejects.toMatchObject({
      code: 'usage',
      message: `${path} is no file of a disk image: it is a ${kind}`,
      hint: expect.stringMatching(hint),
    });
});

test('refuses a bad name before it looks at the file', async () => {
  await expect(importing('/nowhere', {}, '../x')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('../x'),
  });
});
