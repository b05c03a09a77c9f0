import { type CpioEntry, cpioArchive } from '../host/cpio.ts';
import type { Host } from '../host/host.ts';
import { readFileStart } from '../host/plain-file.ts';
import { modulesInOrder } from './kernel-modules.ts';

/** The tools that klibc-utils brings, on which Debian's own initrd stands (initramfs-tools(7)). */
const tools = ['sh', 'mount', 'run-init', 'sleep', 'mkdir', 'cat'] as const;
const toolDirectory = 'usr/lib/klibc/bin';

/**
 * Where the tools look for their interpreter (readelf --program-headers): in /lib up to Debian 12, since 13 in
 * /usr/lib.
 */
const klibcPlaces = ['lib', 'usr/lib'] as const;

/**
 * The smallest initrd that reaches the root file system of a labnet image: a few modules, the tools to load and mount,
 * and a script of a dozen lines. The image's own, made for any PC, takes a guest under TCG seven seconds more.
 *
 * @param root the root directory of an image
 * @param release the kernel's release, as uname -r has it
 * @returns a cpio archive; undefined when a tool is missing there
 */
export async function makeInitrd(root: string, release: string, host: Host): Promise<Uint8Array | undefined> {
  const libraries = (await host.list(`${root}/lib`)).filter((name) => /^klibc-.*\.so$/.test(name));
  const present = await host.list(`${root}/${toolDirectory}`);
  const directory = `lib/modules/${release}`;
  const dependencies = await host.read(`${root}/${directory}/modules.dep`);
  if (libraries.length === 0 || dependencies === undefined || !tools.every((tool) => present.includes(tool)))
    return undefined;
  const modules = modulesInOrder(dependencies).map((path) => ({ path, name: path.replace(/^.*\//, '') }));
  const loader = await kmodAndLibraries(root, modules[0]?.name.split('.ko.')[1], host);
  const copies = [
    ...tools.map((tool) => [`bin/${tool}`, `${root}/${toolDirectory}/${tool}`] as const),
    ...klibcPlaces.flatMap((place) =>
      libraries.map((name) => [`${place}/${name}`, `${root}/lib/${name}`] as const),
    ),
    ...loader,
    ...modules.map(({ path, name }) => [`modules/${name}`, `${root}/${directory}/${path}`] as const),
  ];
  const files = await Promise.all(
    copies.map(async ([path, from]): Promise<CpioEntry> => {
      const size = (await host.stat(from))?.size ?? 0;
      return { path, mode: 0o755, content: await readFileStart(from, size) };
    }),
  );
  const script = initScript(modules.map(({ name }) => name));
  const init = { path: 'init', mode: 0o755, content: Buffer.from(script) };
  return cpioArchive([...directoriesOf(files), init, ...files]);
}

/**
 * The libraries that kmod opens by itself, since release 34, to unpack modules of each kind: ldd knows nothing of them.
 */
const unpackers = new Map([
  ['xz', 'liblzma.so.5'],
  ['zst', 'libzstd.so.1'],
  ['gz', 'libz.so.1'],
]);

/**
 * The files of kmod, each as its path in the initrd and the file it is copied from: kmod under the name of insmod, the
 * libraries that the image's own ldd(1) names for it, and the one that unpacks.
 *
 * @param packing the ending of the modules' names behind .ko
 */
async function kmodAndLibraries(
  root: string,
  packing: string | undefined,
  host: Host,
): Promise<readonly (readonly [string, string])[]> {
  const inside = async (...argv: string[]) => (await host.run(['chroot', root, ...argv])).stdout;
  const named = (await inside('ldd', '/bin/kmod')).match(/\/\S+/g) ?? [];
  const unpacker = unpackers.get(packing ?? '');
  const libraries = named.find((path) => path.includes('/libc.so.'))?.replace(/[^/]*$/, '');
  const opened = `${libraries}${unpacker}`;
  const missing = unpacker !== undefined && !named.some((path) => path.endsWith(`/${unpacker}`));
  const paths = ['/bin/kmod', ...named, ...(missing ? [opened] : [])];
  // Links are followed inside the image, where they lead.
  const real = (await inside('realpath', '--', ...paths)).trim().split('\n');
  return paths.map((path, index) => {
    const from = real[index] ?? path;
    return [index === 0 ? 'bin/insmod' : path.slice(1), `${root}${from}`] as const;
  });
}

/** Every directory above the files, from the top, and those that are mounted on. */
function directoriesOf(files: readonly CpioEntry[]): readonly CpioEntry[] {
  const above = files.flatMap(({ path }) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set([...above, 'dev', 'root'])].sort().map((path) => ({ path, mode: 0o755 }));
}

/**
 * The script /init. The root file system is the first partition of the first disk, as labnet's images have it; an IDE
 * disk shows itself a moment after its driver has been loaded. An archive that QEMU adds behind this one may bring
 * /gate/prepare, which lays files into the guest's /run (see kept/gate.ts); mkdir and cat are there for it.
 */
function initScript(modules: readonly string[]): string {
  return `#!/bin/sh
mount -t devtmpfs dev /dev
exec < /dev/console > /dev/console 2>&1
for module in ${modules.join(' ')}; do insmod /modules/$module; done
for wait in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
  for disk in vda1 sda1; do
    if [ -b /dev/$disk ]; then
      mount -t ext4 -o ro /dev/$disk /root
      [ ! -f /gate/prepare ] || . /gate/prepare
      mount -n -o move /dev /root/dev
      exec run-init /root /sbin/init
    fi
  done
  sleep 1
done
`;
}
