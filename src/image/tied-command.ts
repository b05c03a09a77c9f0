/**
 * Makes a command end with labnet, even when labnet is killed: the kernel kills it once its parent is gone
 * (prctl(2), PR_SET_PDEATHSIG).
 */
export function tied(argv: readonly string[]): readonly string[] {
  return ['setpriv', '--pdeathsig', 'KILL', ...argv];
}

/**
 * The same for a command that starts others and mounts: in a process and a mount namespace of its own, the first
 * process's end takes all others and every mount along (pid_namespaces(7)).
 */
export function tiedTree(argv: readonly string[]): readonly string[] {
  const unshare = [
    'unshare',
    '--pid',
    '--fork',
    '--kill-child=KILL',
    '--mount',
    '--propagation',
    'private',
    '--mount-proc',
  ];
  return tied([...unshare, ...argv]);
}
