import { chmod, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addImage } from '../../../src/image/store.ts';
import { ensureImage } from '../../../src/image-build/ensure.ts';
import { qcow2File } from '../image/qcow2.ts';
import { type Workshop, workshop } from '../image/workshop.ts';

let shop: Workshop;

beforeEach(async () => {
  shop = await workshop();
});

afterEach(() => shop.remove());

const ensure = (name: string) => ensureImage(name, {}, shop.host, shop.roots);

async function add(name: string) {
  const file = await shop.file('a.qcow2', qcow2File());
  return addImage(file, { name, source: 'import', notes: [] }, shop.host, shop.roots);
}

test('an image that is there is used, recipe or not', async () => {
  const image = await add('my-own');
  expect(await ensure('my-own')).toEqual(image);
});

test('one that changed is not used', async () => {
  const { path } = await add('my-own');
  await chmod(path, 0o644);
  await writeFile(path, qcow2File('changed'));
  await expect(ensure('my-own')).rejects.toMatchObject({
    code: 'host-cannot',
    hint: expect.stringContaining('labnet image remove my-own'),
  });
});

test('a name without image and recipe is the user’s mistake', async () => {
  await expect(ensure('debian-1')).rejects.toMatchObject({
    code: 'usage',
    hint: expect.stringContaining('debian-11'),
  });
});
