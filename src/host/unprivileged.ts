/** A command as it runs under a VM's own uid, with no capability and no way to gain one (setpriv(1)). */
export function unprivileged(
  uid: number,
  argv: readonly string[],
  groups: readonly number[] = [],
): readonly string[] {
  if (uid === 0)
    return [
      ...['unshare', '--user', '--map-root-user', '--', 'setpriv'],
      ...['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'],
      ...argv,
    ];
  return [
    'setpriv',
    '--reuid',
    String(uid),
    '--regid',
    String(uid),
    ...(groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')]),
    '--inh-caps=-all',
    '--bounding-set=-all',
    '--no-new-privs',
    '--',
    ...argv,
  ];
}

/** The uid that looks at and copies images which belong to no VM: in labnet's range, below the first lab's uids. */
export const imageUid = 1_899_999_998;

/**
 * The most bytes of address space: qemu-img takes less for any image, with 8 MiB of stack for each of at most 64
 * threads.
 */
const mostMemory = 1024 ** 3;

/**
 * The setting that gives all threads one arena: else malloc(3) reserves up to 128 MiB for each thread, and now and then
 * a copy needs more than `mostMemory`.
 */
const oneArena = 'MALLOC_ARENA_MAX=1';

/** The most seconds of processor time, enough for images of many gigabytes. */
const mostSeconds = 3_600;

/**
 * An unprivileged command that reads an image which others have made: one that was made to do harm can exhaust neither
 * memory nor time, and leaves no core (prlimit(1)).
 */
export function distrusting(uid: number, argv: readonly string[]): readonly string[] {
  const limits = [`--as=${mostMemory}`, `--cpu=${mostSeconds}`, '--core=0'];
  return unprivileged(uid, ['env', oneArena, 'prlimit', ...limits, '--', ...argv]);
}
