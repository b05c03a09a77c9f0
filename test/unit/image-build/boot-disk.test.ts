import { expect, test } from 'vitest';
import { makeBootDisk } from '../../../src/image-build/boot-disk.ts';
import { partialHost } from '../../fakes/partial-host.ts';

/** Makes a disk on a host that only writes down what it is asked; `broken` names the program that fails. */
async function make(broken?: string, bootCode = '/usr/lib/EXTLINUX/mbr.bin') {
  const done: string[] = [];
  const host = partialHost({
    run: async (command) => {
      done.push(command.join(' '));
      if (broken !== undefined && command.includes(broken)) throw new Error(`${broken} failed`);
      return { status: 0, stdout: '', stderr: '' };
    },
    stat: async (path) =>
      path === bootCode
        ? {
            kind: 'file',
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: 440,
            allocated: 4096,
            inode: 1,
            device: 1,
            mtimeMs: 1,
          }
        : undefined,
    makeDirectory: async () => {},
    remove: async (path) => {
      done.push(`remove ${path}`);
    },
    privateMounts: async () => ({
      pid: 42,
      close: async () => {
        done.push('close');
      },
    }),
  });
  const disk = makeBootDisk({ root: '/s/root', staging: '/s', sizeGiB: 2, signal: undefined }, host);
  return { result: await disk.catch((error: unknown) => error), done };
}

test('partition, file system, boot loader, boot code, and qcow2 last', async () => {
  const { result, done } = await make();
  expect(result).toBe('/s/image.qcow2');
  expect(done.map((line) => line.split(' ')[0])).toEqual([
    'truncate',
    'sfdisk',
    'mkfs.ext4',
    'mount',
    'nsenter',
    'umount',
    'close',
    'dd',
    'chown',
    'install',
    'setpriv',
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

test('the disk is mounted only where nobody else sees it', async () => {
  const { done } = await make();
  expect(done).toContain('mount --namespace 42 -o loop,offset=1048576 /s/disk.raw /s/mnt');
  expect(done).toContain('nsenter --mount=/proc/42/ns/mnt extlinux --install /s/mnt/boot/extlinux');
});

test('the private mounts go even when the boot loader fails, and no image comes about', async () => {
  const { result, done } = await make('extlinux');
  expect(result).toMatchObject({ message: 'extlinux failed' });
  expect(done.at(-1)).toBe('close');
});

test('boot code is taken from either package', async () => {
  const { done } = await make(undefined, '/usr/lib/syslinux/mbr/mbr.bin');
  expect(done).toContainEqual(
    expect.stringMatching(/^dd if=\/usr\/lib\/syslinux\/mbr\/mbr\.bin .*bs=440 count=1/),
  );
});

test('qemu-img has no rights, and limits', async () => {
  const { done } = await make();
  expect(done.find((line) => line.includes('qemu-img'))).toMatch(
    /^setpriv --reuid 1899999998 .* --no-new-privs -- env MALLOC_ARENA_MAX=1 prlimit --as=\d+ --cpu=\d+ --core=0 -- qemu-img convert -f raw /,
  );
});

test('without boot code it asks for the package', async () => {
  expect((await make(undefined, '/nowhere')).result).toMatchObject({ code: 'missing-program' });
});
