import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isOwnerAlive, newOwnerTag } from '../../../src/image/owner.ts';
import { openStaging, sweepBuilds } from '../../../src/image/staging.ts';
import { addImage, listImages } from '../../../src/image/store.ts';
import { qcow2File } from './qcow2.ts';
import { deadTag, type Workshop, workshop } from './workshop.ts';

let shop: Workshop;

beforeEach(async () => {
  shop = await workshop();
});

afterEach(() => shop.remove());

test('a tag of our own is alive; of another boot, another start or no process it is dead', async () => {
  const own = await newOwnerTag(shop.host);
  const [pid, start, boot] = own.split('-');
  expect(await isOwnerAlive(own, shop.host)).toBe(true);
  expect(await isOwnerAlive(`${pid}-${start}-00000000-abcdef`, shop.host)).toBe(false);
  expect(await isOwnerAlive(`${pid}-${Number(start) + 1}-${boot}-abcdef`, shop.host)).toBe(false);
  expect(await isOwnerAlive(`4194305-${start}-${boot}-abcdef`, shop.host)).toBe(false);
});

test.each(['', 'x', '1-2-3', `${deadTag}/..`, `x${deadTag}`])('%j is no tag', async (text) => {
  expect(await isOwnerAlive(text, shop.host)).toBeUndefined();
});

test('sweeping removes what the dead left, and nothing else', async () => {
  const living = await openStaging(shop.host, shop.roots);
  const dead = `${shop.roots.cache}/build-${deadTag}`;
  await mkdir(`${dead}/root/etc`, { recursive: true });
  for (const other of ['build-notes', 'other']) await mkdir(`${shop.roots.cache}/${other}`);
  await sweepBuilds(shop.host, shop.roots);
  const names = await readdir(shop.roots.cache);
  expect(names.sort()).toEqual([living.path.split('/').at(-1), 'build-notes', 'other'].sort());
  await living.remove();
  expect(await readdir(shop.roots.cache)).toEqual(['build-notes', 'other']);
});

test('sweeping where there is nothing is no error', async () => {
  await sweepBuilds(shop.host, shop.roots);
});

test('a killed run’s download is kept for the next one', async () => {
  const dead = `${shop.roots.cache}/build-${deadTag}`;
  await mkdir(dead, { recursive: true });
  await writeFile(`${dead}/abc.part`, 'half');
  await sweepBuilds(shop.host, shop.roots);
  expect(await readdir(shop.roots.cache)).toEqual(['download']);
  expect(await readFile(`${shop.roots.cache}/download/abc.part`, 'utf8')).toBe('half');
});

test('sweeping the store removes half-moved files and files that got no name', async () => {
  const file = await shop.file('a.qcow2', qcow2File('a'));
  const image = await addImage(file, { name: 'a', source: 'build', notes: [] }, shop.host, shop.roots);
  const store = `${shop.roots.state}/images`;
  const nameless = 'b'.repeat(64);
  const alive = `.incoming-${await newOwnerTag(shop.host)}.${nameless}`;
  await writeFile(`${store}/${nameless}.qcow2`, '');
  for (const name of [
    `.unnamed-${deadTag}.${nameless}`,
    `.unnamed-${deadTag}.${image.sha256}`,
    `.incoming-${deadTag}.${nameless}`,
    alive,
  ]) {
    await writeFile(`${store}/${name}`, '');
  }
  await sweepBuilds(shop.host, shop.roots);
  expect(await readdir(store)).toEqual([alive, `${image.sha256}.qcow2`, 'a.json'].sort());
  expect(await listImages(shop.host, shop.roots)).toEqual([image]);
});
