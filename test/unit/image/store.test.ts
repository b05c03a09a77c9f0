import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  copyFile,
  readdir,
  readFile,
  rename,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { addImage, findImage, listImages, removeImage } from '../../../src/image/store.ts';
import { checkUnchanged, fullCheck } from '../../../src/image/store-check.ts';
import { qcow2File, qcow2Header } from './qcow2.ts';
import { type Workshop, workshop } from './workshop.ts';

let shop: Workshop;

beforeEach(async () => {
  shop = await workshop();
});

afterEach(() => shop.remove());

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function add(name: string, content = name, host: Host = shop.host) {
  const file = await shop.file('new.qcow2', qcow2File(content));
  return addImage(file, { name, source: 'build', recipe: 'debian-11', notes: ['a note'] }, host, shop.roots);
}

describe('adding', () => {
  test('stores under the hash, read-only, and moves the file away', async () => {
    const image = await add('debian-11');
    const digest = sha256(qcow2File('debian-11'));
    expect(image).toMatchObject({
      name: 'debian-11',
      sha256: digest,
      size: qcow2File().length,
      virtualSize: 2 ** 30,
      source: 'build',
    });
    expect(image.path).toBe(`${shop.roots.state}/images/${digest}.qcow2`);
    expect((await stat(image.path)).mode & 0o777).toBe(0o444);
    await expect(access(`${shop.base}/new.qcow2`)).rejects.toThrow('ENOENT');
    expect(await readdir(`${shop.roots.state}/images`)).toEqual([`${digest}.qcow2`, 'debian-11.json'].sort());
  });

  test('is found again as it was stored', async () => {
    const image = await add('debian-11');
    expect(await findImage('debian-11', shop.host, shop.roots)).toEqual(image);
    await add('debian-12');
    expect((await listImages(shop.host, shop.roots)).map(({ name }) => name)).toEqual([
      'debian-11',
      'debian-12',
    ]);
  });

  test('keeps the same content once', async () => {
    const first = await add('a', 'same');
    const second = await add('b', 'same');
    expect(second.path).toBe(first.path);
    expect(second.inode).toBe(first.inode);
  });

  test('a name given again points at the new content, and the old stays for the labs on it', async () => {
    const old = await add('a', 'old');
    const young = await add('a', 'new');
    expect(await findImage('a', shop.host, shop.roots)).toEqual(young);
    await fullCheck(old);
  });

  test('replaces a stored file that was tampered with', async () => {
    const { path } = await add('a', 'same');
    await chmod(path, 0o644);
    await writeFile(path, 'tampered');
    await fullCheck(await add('a', 'same'));
  });

  test('refuses what points at other files, and stores nothing', async () => {
    const file = await shop.file('bad.qcow2', qcow2Header({ backingOffset: 512n, backingLength: 4 }));
    const adding = addImage(file, { name: 'a', source: 'import', notes: [] }, shop.host, shop.roots);
    await expect(adding).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringContaining('backing file'),
    });
    expect(await listImages(shop.host, shop.roots)).toEqual([]);
    await access(file);
  });

  test.each(['', '../x', 'a/b', '.hidden', 'UPPER', '-dash', 'a b', 'x'.repeat(64)])(
    'refuses the name %j',
    async (name) => {
      await expect(add(name)).rejects.toMatchObject({ code: 'usage' });
    },
  );

  test('a name is written when the file is on the disk; until then a note says that it has none', async () => {
    const steps: string[] = [];
    const store = `${shop.roots.state}/images`;
    const step = async (what: string) => {
      const noted = (await readdir(store)).some((name) => name.startsWith('.unnamed-'));
      steps.push(`${what}${noted ? ', noted' : ''}`);
    };
    const host: Host = {
      ...shop.host,
      async run(argv, options) {
        const subject = argv.at(-1)?.replace(/^.*\/images\/?/, '') ?? '';
        if (argv[0] === 'mv' || argv[0] === 'sync')
          await step(`${argv[0]} ${/^\.incoming/.exec(subject)?.[0] ?? subject}`);
        return shop.host.run(argv, options);
      },
      async write(path, content, options) {
        if (path.endsWith('.json')) await step('write a.json');
        return shop.host.write(path, content, options);
      },
    };
    const { sha256: digest } = await add('a', 'a', host);
    expect(steps).toEqual([
      'mv .incoming, noted',
      'sync .incoming, noted',
      `mv ${digest}.qcow2, noted`,
      'sync , noted',
      'write a.json, noted',
    ]);
  });

  test('leaves nothing in the store when the file cannot be put on the disk', async () => {
    const run: Host['run'] = async (argv, options) => {
      if (argv[0] === 'sync') throw new Error('disk broken');
      return shop.host.run(argv, options);
    };
    await expect(add('a', 'a', { ...shop.host, run })).rejects.toThrow('disk broken');
    expect(await readdir(`${shop.roots.state}/images`)).toEqual([]);
  });

  test('leaves nothing half-stored when a step fails', async () => {
    const file = await shop.file('new.qcow2', qcow2File());
    const host = { ...shop.host, write: failOn('.json', shop.host.write) };
    const adding = addImage(file, { name: 'a', source: 'build', notes: [] }, host, shop.roots);
    await expect(adding).rejects.toThrow('disk full');
    expect(await findImage('a', shop.host, shop.roots)).toBeUndefined();
    expect(await listImages(shop.host, shop.roots)).toEqual([]);
  });
});

function failOn<Rest extends unknown[]>(
  ending: string,
  write: (path: string, ...rest: Rest) => Promise<void>,
) {
  return async (path: string, ...rest: Rest) => {
    if (path.endsWith(ending)) throw new Error('disk full');
    return write(path, ...rest);
  };
}

describe('checking', () => {
  test('an untouched image passes', async () => {
    const image = await add('a');
    expect(await checkUnchanged(image, shop.host, shop.roots)).toEqual(image);
  });

  test('another time alone is looked into, forgiven and noted', async () => {
    const image = await add('a');
    await utimes(image.path, 1, 1);
    const checked = await checkUnchanged(image, shop.host, shop.roots);
    expect(checked).toEqual({ ...image, mtimeMs: 1000 });
    expect(await findImage('a', shop.host, shop.roots)).toEqual(checked);
  });

  test('a copy put in its place is looked into and forgiven', async () => {
    const image = await add('a');
    await copyFile(image.path, `${image.path}.copy`);
    await rename(`${image.path}.copy`, image.path);
    expect((await checkUnchanged(image, shop.host, shop.roots)).sha256).toBe(image.sha256);
  });

  test.each([
    ['other content of the same size', qcow2File('b')],
    ['another size', new Uint8Array(3)],
  ])('notices %s', async (_, content) => {
    const image = await add('a');
    await chmod(image.path, 0o644);
    await writeFile(image.path, content);
    await expect(checkUnchanged(image, shop.host, shop.roots)).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringContaining('the base image a has changed since it was stored'),
      hint: expect.stringContaining('labnet image build'),
    });
  });

  test('notices that the file is gone', async () => {
    const image = await add('a');
    await shop.host.remove(image.path);
    await expect(checkUnchanged(image, shop.host, shop.roots)).rejects.toThrow(/gone/);
  });

  test('the full check finds what size, time and inode hide', async () => {
    const image = await add('a');
    await chmod(image.path, 0o644);
    await writeFile(image.path, qcow2File('b'));
    await utimes(image.path, image.mtimeMs / 1000, image.mtimeMs / 1000);
    await expect(fullCheck(image)).rejects.toMatchObject({ code: 'host-cannot' });
  });
});

describe('removing', () => {
  test('takes the content along with its last name', async () => {
    const image = await add('a', 'same');
    await add('b', 'same');
    await removeImage('a', shop.host, shop.roots);
    await access(image.path);
    await removeImage('b', shop.host, shop.roots);
    expect(await readdir(`${shop.roots.state}/images`)).toEqual([]);
  });

  test('an image that is not there is the user’s mistake', async () => {
    await expect(removeImage('a', shop.host, shop.roots)).rejects.toMatchObject({ code: 'usage' });
  });

  test('a damaged entry can be removed, and its content goes too', async () => {
    const { path, sha256: digest } = await add('a');
    const entry = `${shop.roots.state}/images/a.json`;
    await writeFile(entry, `{"sha256": "${digest}", "size`);
    await expect(findImage('a', shop.host, shop.roots)).rejects.toMatchObject({ code: 'host-cannot' });
    await removeImage('a', shop.host, shop.roots);
    await expect(access(path)).rejects.toThrow('ENOENT');
  });
});

test('an entry is text that people can read', async () => {
  await add('a');
  expect(await readFile(`${shop.roots.state}/images/a.json`, 'utf8')).toContain(
    '\n  "recipe": "debian-11",\n',
  );
});
