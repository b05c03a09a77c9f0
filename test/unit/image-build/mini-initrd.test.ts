import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { makeInitrd } from '../../../src/image-build/mini-initrd.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const release = '6.1.0-test';
const tools = ['sh', 'mount', 'run-init', 'sleep', 'mkdir', 'cat'];
const libraries = '/lib/x86_64-linux-gnu';
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'labnet-initrd-'));
});

afterEach(() => rmSync(root, { recursive: true }));

/** An image's root with modules packed in one way, and a kmod that is linked with these libraries. */
function imageWith(packing: string, linked: readonly string[]) {
  const put = (path: string, text = path) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put('lib/klibc-abc.so');
  for (const tool of tools) put(`usr/lib/klibc/bin/${tool}`);
  for (const name of ['bin/kmod', ...linked.map((one) => `${libraries}/${one}`)]) put(name);
  for (const name of ['liblzma.so.5', 'libzstd.so.1', 'libz.so.1']) put(`${libraries}/${name}`);
  const module = `kernel/fs/ext4/ext4.ko${packing}`;
  put(`lib/modules/${release}/${module}`);
  put(`lib/modules/${release}/modules.dep`, `${module}:\n`);
  const { list, read, stat } = localHost();
  return partialHost({
    list,
    read,
    stat,
    async run([program, , command, ...words]) {
      if (program !== 'chroot') throw new Error(`not expected: ${program}`);
      const ldd = linked.map((name) => `\t${name} => ${libraries}/${name} (0x0)\n`).join('');
      const stdout = command === 'ldd' ? ldd : words.slice(1).join('\n');
      return { status: 0, stdout, stderr: '' };
    },
  });
}

/** The files of an initrd: a name stands between the header of its entry and a zero (cpio, format newc). */
async function filesOf(packing: string, linked: readonly string[]) {
  const archive = await makeInitrd(root, release, imageWith(packing, linked));
  if (archive === undefined) return undefined;
  const text = Buffer.from(archive).toString('latin1');
  return [...text.matchAll(/070701[0-9a-f]{104}([^\0]+)\0/g)].map(([, name]) => name);
}

describe('the initrd', () => {
  test('has the tools, and their interpreter wherever they look for it', async () => {
    const files = await filesOf('.xz', ['libc.so.6', 'liblzma.so.5']);
    expect(files).toEqual(expect.arrayContaining(tools.map((name) => `bin/${name}`)));
    expect(files).toEqual(expect.arrayContaining(['lib/klibc-abc.so', 'usr/lib/klibc-abc.so']));
    expect(files).toEqual(expect.arrayContaining(['init', 'bin/insmod', 'modules/ext4.ko.xz']));
  });

  test.each([
    ['.xz', 'liblzma.so.5'],
    ['.zst', 'libzstd.so.1'],
    ['.gz', 'libz.so.1'],
  ])('has what kmod opens to unpack %s, linked or not, once', async (packing, library) => {
    for (const linked of [['libc.so.6'], ['libc.so.6', library]]) {
      const unpackers = (await filesOf(packing, linked))?.filter((name) =>
        /lib(lzma|zstd|z)\./.test(name ?? ''),
      );
      expect(unpackers).toEqual([`${libraries.slice(1)}/${library}`]);
    }
  });

  test('with modules that are not packed needs no more', async () => {
    expect(await filesOf('', ['libc.so.6'])).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/lib(lzma|zstd|z)\./)]),
    );
  });

  test('is none where a tool is missing', async () => {
    const host = imageWith('.xz', ['libc.so.6']);
    rmSync(join(root, 'usr/lib/klibc/bin/run-init'));
    expect(await makeInitrd(root, release, host)).toBeUndefined();
  });
});
