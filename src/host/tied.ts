import { inNamespace } from './namespace.ts';

/**
 * Makes a command end with labnet, even when labnet is killed: the kernel kills it once its parent is gone
 * (PR_SET_PDEATHSIG, prctl(2)). A change of uid takes that back, so a `setpriv` that changes it asks for it again,
 * which setpriv(1) does after the change.
 */
export function tied(argv: readonly string[]): readonly string[] {
  const [program, ...args] = argv;
  if (program !== 'setpriv') return ['setpriv', ...flag, ...argv];
  return args[0] === flag[0] ? argv : ['setpriv', ...flag, ...args];
}

const flag = ['--pdeathsig', 'KILL'] as const;

/** The same for a command in a network namespace: what nsenter runs stays tied, unless it changes its uid. */
export function tiedIn(argv: readonly string[], namespace: string | undefined): readonly string[] {
  return tied(inNamespace(argv[0] === 'setpriv' ? tied(argv) : argv, namespace));
}
