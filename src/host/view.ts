/**
 * What a program of labnet's sees in place of the PC's file system: the system's programs, a few devices and its own files.
 * It is a new root in a mount namespace of its own, made before the program starts in it.
 */

/** A view, as data. */
export interface View {
  /** An empty directory on which the new root is mounted; it stays as long as a program has its root there. */
  readonly place: string;
  /** Directories that the program may write to. */
  readonly own: readonly string[];
  /** Directories that it only reads. */
  readonly read: readonly string[];
  /** Devices beside those that every program needs. */
  readonly devices: readonly Device[];
}

/** `new tun` is a node of the program's own, for a PC whose own is open to root alone. */
type Device = 'kvm' | 'tun' | 'new tun';

/** One command of many that make a view; each is run in the mount namespace. */
export interface ViewStep {
  readonly argv: readonly string[];
  readonly stdin?: string;
}

/** Every Debian has merged its directories of programs into /usr (UsrMerge). */
const links = ['usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64'];

const nodes = ['null', 'zero', 'random', 'urandom'];

/**
 * The commands that make a view, in their order.
 *
 * @param programs further directories of programs, shown as they are
 */
export function viewSteps(
  { place, own, read, devices }: View,
  programs: readonly string[] = [],
): readonly ViewStep[] {
  const tun = devices.some((device) => device !== 'kvm');
  const shared = [
    ...nodes,
    ...(devices.includes('kvm') ? ['kvm'] : []),
    ...(devices.includes('tun') ? ['net/tun'] : []),
  ];
  const files = ['/etc/ld.so.cache', ...shared.map((name) => `/dev/${name}`)];
  const trees = ['/usr', '/proc'];
  const named = [...programs, ...own, ...read].sort();
  const directories = ['/etc', '/dev', ...(tun ? ['/dev/net'] : []), ...trees, ...named];
  const bound = (path: string, how: string) => `${path} ${place}${path} none ${how} 0 0\n`;
  const fstab = `${place}/etc/fstab`;
  const table = [
    ...trees.map((path) => bound(path, 'rbind')),
    ...files.map((path) => bound(path, 'bind')),
    // An upper one first: it would hide what lies in it.
    ...named.map((path) => bound(path, 'bind')),
  ];
  return [
    { argv: ['mount', '-t', 'tmpfs', '-o', 'mode=0755,size=64k', 'tmpfs', place] },
    { argv: ['mkdir', '--mode=0755', ...withParents(directories).map((path) => `${place}${path}`)] },
    { argv: ['ln', '--symbolic', ...links, place] },
    { argv: ['touch', ...files.map((path) => `${place}${path}`)] },
    { argv: ['tee', fstab], stdin: table.join('') },
    { argv: ['mount', '--all', '--fstab', fstab] },
    // By its place alone: mount then keeps what else the mount below it forbids (mount(8), "remount"), as a user must.
    ...read.map((path) => ({ argv: ['mount', '-o', 'remount,bind,ro', `${place}${path}`] })),
    ...(devices.includes('new tun')
      ? [{ argv: ['mknod', '--mode=0666', `${place}/dev/net/tun`, 'c', '10', '200'] }]
      : []),
    { argv: ['mount', '-o', 'remount,bind,ro', place] },
  ];
}

/** The directories with those above them, each once, an upper one before what lies in it. */
function withParents(paths: readonly string[]): readonly string[] {
  const all = paths.flatMap((path) => {
    const names = path.split('/').slice(1);
    return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
  });
  return [...new Set(all)];
}
