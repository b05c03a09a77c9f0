/** What a command without rights keeps, and what it sees. */
export interface Left {
  /** Groups beside its own; none unless told. */
  readonly groups?: readonly number[];
  /** The place of its view (view.ts), which becomes its root; the PC's file system unless told. */
  readonly root?: string | undefined;
}

const withoutRights = ['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'];

/**
 * A command as it runs under a VM's own uid, with no capability and no way to gain one (setpriv(1)). Where there is one uid
 * alone, 0 in a user's own host, it gets a user namespace: programs of the same uid in other ones can neither trace it nor
 * look through it (ptrace(2)), and it keeps the user's groups, by which /dev/kvm may be open. Namespace and root come in one
 * step, since nobody makes a user namespace whose root is not that of its mount namespace (unshare(2)).
 */
export function unprivileged(
  uid: number,
  argv: readonly string[],
  { groups = [], root }: Left = {},
): readonly string[] {
  const rooted = root === undefined ? [] : [`--root=${root}`];
  if (uid === 0)
    return ['unshare', '--user', '--map-root-user', ...rooted, '--', 'setpriv', ...withoutRights, ...argv];
  return [
    ...(root === undefined ? [] : ['unshare', ...rooted, '--']),
    ...['setpriv', '--reuid', String(uid), '--regid', String(uid)],
    ...(groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')]),
    ...withoutRights,
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
 * A command that reads an image which others have made: one that was made to do harm can exhaust neither memory nor time,
 * and leaves no core (prlimit(1)). It is to run without any right.
 */
export function distrusting(argv: readonly string[]): readonly string[] {
  const limits = [`--as=${mostMemory}`, `--cpu=${mostSeconds}`, '--core=0'];
  return ['env', oneArena, 'prlimit', ...limits, '--', ...argv];
}
