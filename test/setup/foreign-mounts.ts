import { sep } from 'node:path';

/** Here nobody but the machine itself mounts, and programs look for what is mounted. */
const ofTheMachine = ['/proc', '/dev', '/etc', '/usr'];

export interface Needed {
  /** What stands at one of these paths or above stays; the programs of PATH count as well. */
  readonly paths: readonly string[];
  /** A directory of which also what is mounted below stays. */
  readonly tree?: string;
}

/**
 * The mounts that others on this machine have made and may take away: in a mount namespace they would go when their directory
 * is removed outside, and keep a disk busy that is unmounted there.
 *
 * @param mountinfo of the mount namespace (proc_pid_mountinfo(5))
 * @returns where they are, those on top first
 */
export function foreignMounts(mountinfo: string, { paths, tree }: Needed): readonly string[] {
  const trees = [...ofTheMachine, ...(tree === undefined ? [] : [tree])];
  const needed = [
    ...trees,
    ...paths,
    process.execPath,
    ...(process.env.PATH ?? '').split(':'),
    '/run',
    '/sys',
  ];
  const stays = (mount: string) =>
    needed.some((path) => isBelow(path, mount)) || trees.some((path) => isBelow(mount, path));
  return mountPoints(mountinfo)
    .filter((mount) => !stays(mount))
    .reverse();
}

/** Where each mount is, in the order of mounting; the kernel writes a space as \040. */
export function mountPoints(mountinfo: string): readonly string[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      ),
    );
}

/** A directory is below itself as well. */
function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}
