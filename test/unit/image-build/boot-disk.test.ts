import { expect, test } from 'vitest';
import { makeBootDisk } from '../../../src/image-build/boot-disk.ts';
import { partialHost } from '../../fakes/partial-host.ts';

/** Makes a disk on a host that only writes down what it is asked; `broken` names the program that fails. */
async function make(broken?: string) {
  const done: string[] = [];
  const written = new Map<string, string>();
  const host = partialHost({
    run: async (command) => {
      done.push(command.join(' '));
      if (broken !== undefined && command.includes(broken)) throw new Error(`${broken} failed`);
      return { status: 0, stdout: '', stderr: '' };
    },
    write: async (path, content) => {
      written.set(path, String(content));
    },
    makeDirectory: async () => {},
    removeEmptyDirectory: async () => {},
    privateMounts: async () => ({ pid: 42, close: async () => {} }),
    remove: async (path) => {
      done.push(`remove ${path}`);
    },
  });
  const disk = makeBootDisk({ root: '/s/root', staging: '/s', sizeGiB: 2, signal: undefined }, host);
  return { result: await disk.catch((error: unknown) => error), done, written };
}

test('partition, file system, boot loader, boot code, and qcow2 last', async () => {
  const { result, done } = await make();
  expect(result).toBe('/s/image.qcow2');
  const lines = done.filter((line) => !line.startsWith('nsenter') || line.includes('qemu-img'));
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'truncate',
    'sfdisk',
    'mkfs.ext4',
    'grub-mkimage',
    'dd',
    'dd',
    'chown',
    'install',
    'nsenter',
    'remove',
  ]);
});

test('the file system fills the partition and no more', async () => {
  const { done } = await make();
  const mkfs = done.find((line) => line.startsWith('mkfs.ext4'));
  expect(mkfs).toContain('offset=1048576');
  expect(mkfs).toMatch(/ 2096128k$/);
  expect(mkfs).not.toMatch(/orphan_file|metadata_csum_seed/);
});

test('the loader lies before the partition, and looks for its settings on the disk', async () => {
  const { done, written } = await make();
  expect(written.get('/s/first.cfg')).toBe('search.fs_label root root\nset prefix=($root)/boot/grub\n');
  const copies = done.filter((line) => line.startsWith('dd '));
  const onto = 'of=/s/disk.raw conv=notrunc status=none';
  expect(copies).toEqual([
    `dd if=/usr/lib/grub/i386-pc/boot.img ${onto} bs=440 count=1`,
    `dd if=/s/core.img ${onto} bs=512 seek=1 count=2047`,
  ]);
});

test('no image comes about when the boot loader fails', async () => {
  const { result, done } = await make('grub-mkimage');
  expect(result).toMatchObject({ message: 'grub-mkimage failed' });
  expect(done.at(-1)).toMatch(/^grub-mkimage/);
});

test('qemu-img has no rights, and limits', async () => {
  const { done } = await make();
  expect(done.find((line) => line.includes('qemu-img'))).toMatch(
    /^nsenter --mount=\/proc\/42\/ns\/mnt -- unshare --root=\/s\/view -- setpriv --reuid 1899999998 .* --no-new-privs -- env MALLOC_ARENA_MAX=1 prlimit --as=\d+ --cpu=\d+ --core=0 -- qemu-img convert -f raw /,
  );
});
