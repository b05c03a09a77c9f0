/** The admin's store: found second, never written, and what others than root can have put there is refused. */
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { imageInfo, imageList } from '../../../src/commands/image.ts';
import { imagePrune, imageRemove } from '../../../src/commands/image-store.ts';
import { addImage, findImage, listImages } from '../../../src/image/store.ts';
import { checkUnchanged } from '../../../src/image/store-check.ts';
import { fileIn, imageFacts, type StoredImage } from '../../../src/image/stored-image.ts';
import { adminsImages, type Roots } from '../../../src/paths.ts';
import type { Context } from '../../../src/runs/context.ts';
import { qcow2File } from './qcow2.ts';
import { type Workshop, workshop } from './workshop.ts';

let shop: Workshop;
/** The roots of the admin, and of a user who looks there second. */
let admin: Roots;
let user: Roots;
let shared: string;

beforeEach(async () => {
  shop = await workshop();
  admin = { ...shop.roots, state: `${shop.base}/admin` };
  shared = `${admin.state}/images`;
  user = { ...shop.roots, sharedImages: shared };
});

afterEach(() => shop.remove());

async function add(name: string, roots: Roots, content = name): Promise<StoredImage> {
  const file = await shop.file('new.qcow2', qcow2File(content));
  const source = {
    kernel: await shop.file('vmlinuz', 'k'),
    initrd: await shop.file('initrd', 'i'),
    arguments: '',
  };
  return addImage(file, { name, source: 'build', notes: [] }, shop.host, roots, undefined, source);
}

const said: string[] = [];
const context = (roots: Roots): Context =>
  ({
    host: shop.host,
    roots,
    uid: 0,
    options: { json: false, yes: true, wait: 0 },
    say: (line: string) => said.push(line),
    interactive: false,
    signal: new AbortController().signal,
  }) as unknown as Context;

/** All that lies in the shared store, with modes, times and contents. */
async function sharedAsItIs() {
  const names = await readdir(shared);
  const files = await Promise.all(
    names.map(async (name) => {
      const { mode, mtimeMs, ino } = await stat(`${shared}/${name}`);
      return { name, mode, mtimeMs, ino, content: await readFile(`${shared}/${name}`, 'latin1') };
    }),
  );
  return { directory: (await stat(shared)).mtimeMs, files };
}

describe('finding', () => {
  test('the own store comes first, then the admin’s, and files are those beside the entry', async () => {
    const theirs = await add('debian-11', admin);
    expect(await findImage('debian-11', shop.host, user)).toEqual(theirs);
    expect(imageFacts(theirs)).toMatchObject({
      path: fileIn(shared, theirs.sha256),
      direct: { kernel: fileIn(shared, theirs.direct?.kernel.sha256 ?? '', 'kernel') },
    });
    const own = await add('debian-11', user, 'own');
    expect(await findImage('debian-11', shop.host, user)).toEqual(own);
    // Labs that were made on the admin's before still find it by its path.
    expect((await listImages(shop.host, user)).map(({ path }) => dirname(path))).toEqual([
      `${user.state}/images`,
      shared,
    ]);
  });

  test('root, who has no other store, sees its own alone; the own one is no second', async () => {
    await add('debian-11', admin);
    expect(await listImages(shop.host, shop.roots)).toEqual([]);
    expect(await listImages(shop.host, { ...admin, sharedImages: shared })).toHaveLength(1);
  });

  test.each(['none', 'admin/images/none'])('where there is no store (%s) there is no image', async (path) => {
    const roots = { ...user, sharedImages: `${shop.base}/${path}` };
    expect(await findImage('debian-11', shop.host, roots)).toBeUndefined();
    expect(await listImages(shop.host, roots)).toEqual([]);
  });

  test('info and list tell where an image lies; for root the list is as it was', async () => {
    await add('debian-11', admin);
    await add('mine', user);
    const { text, json } = await imageList(context(user));
    expect(text).toMatch(/^NAME .* SHA-256 +IN$/m);
    expect(text).toMatch(new RegExp(`^debian-11 .* ${shared}$`, 'm'));
    expect(text).toMatch(new RegExp(`^mine .* ${user.state}/images$`, 'm'));
    expect(json?.refused).toEqual([]);
    expect((await imageInfo('debian-11', context(user))).text).toContain(`${shared}/`);
    const ofRoot = await imageList(context(admin));
    expect(ofRoot.text).toMatch(/ SHA-256$/m);
    expect(ofRoot.json).not.toHaveProperty('refused');
  });
});

describe('nothing is written there', () => {
  test('neither the note of another time, nor by storing, pruning, removing', async () => {
    const theirs = await add('debian-11', admin);
    await utimes(theirs.path, 1, 1);
    await writeFile(fileIn(shared, 'e'.repeat(64)), 'unnamed');
    const before = await sharedAsItIs();
    const image = await findImage('debian-11', shop.host, user);
    expect(await checkUnchanged(image as StoredImage, shop.host, user)).toMatchObject({ mtimeMs: 1000 });
    expect(await readdir(shop.base)).not.toContain('state');
    await add('debian-11', user, 'own');
    await add('debian-11', user, 'newer');
    expect((await imagePrune({}, context(user))).json?.files).toHaveLength(1);
    await imageRemove('debian-11', context(user));
    expect(await sharedAsItIs()).toEqual(before);
    expect(await findImage('debian-11', shop.host, user)).toMatchObject({ path: theirs.path });
  });

  test('removing what lies only there says whose it is', async () => {
    await add('debian-11', admin);
    const before = await sharedAsItIs();
    await expect(imageRemove('debian-11', context(user))).rejects.toMatchObject({
      code: 'failed',
      message: `debian-11 lies in ${shared}, the store of this PC's admin, where labnet removes nothing for you`,
    });
    await expect(imageRemove('debian-12', context(user))).rejects.toMatchObject({ code: 'usage' });
    expect(await sharedAsItIs()).toEqual(before);
  });
});

describe('refused', () => {
  const spoil: Readonly<Record<string, { how(image: StoredImage): Promise<unknown>; reason: RegExp }>> = {
    'a damaged entry': { how: () => writeFile(`${shared}/bad.json`, '{'), reason: /bad\.json is damaged$/ },
    'an entry of another user': {
      how: () => chown(`${shared}/bad.json`, 1234, 0),
      reason: /bad\.json belongs to uid 1234, not to root$/,
    },
    'an entry that others may write to': {
      how: () => chmod(`${shared}/bad.json`, 0o664),
      reason: /bad\.json can be written by others \(mode 0664\)$/,
    },
    'an entry that is a link': {
      async how() {
        await rename(`${shared}/bad.json`, `${shared}/aside`);
        await symlink('aside', `${shared}/bad.json`);
      },
      reason: /bad\.json is no plain file$/,
    },
    'a disk of another user': {
      how: ({ path }) => chown(path, 1234, 0),
      reason: /\.qcow2 belongs to uid 1234, not to root$/,
    },
    'a kernel that others may write to': {
      how: ({ direct }) => chmod(fileIn(shared, direct?.kernel.sha256 ?? '', 'kernel'), 0o646),
      reason: /\.kernel can be written by others \(mode 0646\)$/,
    },
    'an initrd that is gone': {
      how: ({ direct }) => shop.host.remove(fileIn(shared, direct?.initrd.sha256 ?? '', 'initrd')),
      reason: /ENOENT.*\.initrd/,
    },
    'a store that others may write to, sticky or not': {
      how: () => chmod(shared, 0o1777),
      reason: /images can be written by others \(mode 1777\)$/,
    },
    'a store of another user': {
      how: () => chown(shared, 1234, 0),
      reason: /images belongs to uid 1234, not to root$/,
    },
    'a store in a directory that others may write to': {
      how: () => chmod(dirname(shared), 0o777),
      reason: /admin can be written by others \(mode 0777\)$/,
    },
    'a store behind a link of another user': {
      async how() {
        await rename(dirname(shared), `${shop.base}/moved`);
        await symlink('moved', dirname(shared));
        await execa('chown', ['--no-dereference', '1234', dirname(shared)]);
      },
      reason: /admin belongs to uid 1234, not to root$/,
    },
    'a store behind a link, in a directory of another user': {
      async how() {
        await mkdir(`${shop.base}/others`);
        await rename(dirname(shared), `${shop.base}/others/admin`);
        await symlink('others/admin', dirname(shared));
        await chown(`${shop.base}/others`, 1234, 0);
      },
      reason: /others belongs to uid 1234, not to root$/,
    },
  };

  test.each(Object.keys(spoil))('%s', async (kind) => {
    const { how, reason } = spoil[kind] ?? expect.fail();
    const image = await add('bad', admin);
    await how(image);
    const finding = findImage('bad', shop.host, user);
    await expect(finding).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringMatching(reason),
    });
    await expect(finding).rejects.toThrow("the image bad of this PC's own store is refused: ");
    // Whoever only looks at other images is not held up.
    said.length = 0;
    expect((await imageList(context(user))).json).toMatchObject({
      images: [],
      refused: [{ name: 'bad', reason: expect.stringMatching(reason) }],
    });
    expect(said).toEqual([expect.stringMatching(reason)]);
    expect((await add('bad', user)).path).toBe((await findImage('bad', shop.host, user))?.path);
  });

  test('a link of root’s to a store of root’s is as good as the store', async () => {
    await add('debian-11', admin);
    await rename(dirname(shared), `${shop.base}/moved`);
    await symlink('moved', dirname(shared));
    expect(await findImage('debian-11', shop.host, user)).toMatchObject({
      path: expect.stringContaining(shared),
    });
  });
});

test('root is told, at the store that ordinary users look into, whose labs cannot be known', async () => {
  const remark =
    "\nlabnet cannot know whether labs of this PC's ordinary users stand on it: those start no more";
  await add('mine', shop.roots);
  expect((await imageRemove('mine', context(shop.roots))).text).toBe('mine removed');
  const script = `
for directory in /var/lib /var/cache /run; do mount -t tmpfs tmpfs $directory; done
mkdir -p "$1" && echo '{}' > "$1/debian-11.json"
exec node "$2" image remove debian-11`;
  const argv = [
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-ec',
    script,
    'sh',
    adminsImages,
    inject('cli'),
  ];
  const env = { LABNET_STATE: undefined, LABNET_RUN: undefined, LABNET_CACHE: undefined };
  expect((await execa('unshare', argv, { env })).stdout).toBe(`debian-11 removed${remark}`);
});

test('an ordinary user reads the store that a labnet under any umask has made, in namespaces of its own', async () => {
  const program = `${shop.base}/program`;
  await execa('cp', ['-r', '--', dirname(dirname(inject('cli'))), program]);
  await execa('chmod', ['-R', 'a+rX', program]);
  const old = process.umask(0o077);
  try {
    await add('debian-11', admin);
  } finally {
    process.umask(old);
  }
  const modes = await Promise.all(
    [admin.state, shared, `${shared}/debian-11.json`].map(async (path) => (await stat(path)).mode & 0o777),
  );
  expect(modes).toEqual([0o711, 0o755, 0o644]);
  const env = {
    LABNET_STATE: user.state,
    LABNET_RUN: user.run,
    LABNET_CACHE: user.cache,
    LABNET_IMAGES: shared,
  };
  const asUser = ['setpriv', '--reuid=1234', '--regid=1234', '--clear-groups', '--'];
  for (const inside of [[], ['unshare', '--user', '--map-root-user']]) {
    const [first = '', ...args] = [
      ...asUser,
      ...inside,
      'node',
      `${program}/dist/cli.js`,
      'image',
      'info',
      'debian-11',
    ];
    expect((await execa(first, args, { env, cwd: '/' })).stdout).toContain('(checked)');
  }
});
