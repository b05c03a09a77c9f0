import { tied } from '../host/tied.ts';

/**
 * Makes a command that starts others and mounts end with labnet: in a process and a mount namespace of its own, the
 * first process's end takes all others and every mount along (pid_namespaces(7)).
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
