/** Which modules a kernel needs to reach the root file system of a lab's disk, in the order of loading. */

/**
 * The modules for the disk on virtio or IDE, and for ext4; ext4 asks for crc32c at run time, so no dependency names it.
 */
const wanted = ['virtio_pci', 'virtio_blk', 'ata_piix', 'sd_mod', 'crc32c_generic', 'ext4'];

/**
 * The modules that reach the root file system, in the order of loading.
 *
 * @param dependencies the text of modules.dep (modules.dep(5)): `path: the paths it needs`
 * @returns paths relative to the directory of modules.dep, each after those it needs; what is built in has none
 */
export function modulesInOrder(dependencies: string): readonly string[] {
  const needs = new Map(
    dependencies.split('\n').flatMap((line) => {
      const [path = '', rest] = line.split(':');
      return rest === undefined ? [] : [[path, rest.split(' ').filter((word) => word !== '')] as const];
    }),
  );
  const order = new Set<string>();
  const add = (path: string, chain: readonly string[]) => {
    if (chain.includes(path)) throw new Error(`modules.dep goes in a circle at ${path}`);
    for (const needed of needs.get(path) ?? []) add(needed, [...chain, path]);
    order.add(path);
  };
  for (const name of wanted) {
    for (const path of needs.keys()) if (moduleName(path) === name) add(path, []);
  }
  return [...order];
}

/** "kernel/fs/ext4/ext4.ko.xz" → "ext4"; dashes and underscores are the same to modprobe(8). */
function moduleName(path: string): string {
  return path
    .replace(/^.*\//, '')
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}
