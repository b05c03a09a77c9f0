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

/**
 * Makes a command in a network namespace end with labnet: what nsenter runs stays tied, unless it changes its uid. A
 * command that only looks is left alone: it changes nothing when it is late, and starting it by way of setpriv takes
 * half as long again.
 */
export function tiedIn(argv: readonly string[], namespace: string | undefined): readonly string[] {
  if (onlyLooks(argv)) return inNamespace(argv, namespace);
  return tied(inNamespace(argv[0] === 'setpriv' ? tied(argv) : argv, namespace));
}

/** Whether a command asks the kernel something and ends. */
function onlyLooks([program = '', ...args]: readonly string[]): boolean {
  const words = args.filter((word) => !word.startsWith('-'));
  switch (program) {
    case 'ip':
      return words[1] === 'show' || words[1] === 'get';
    case 'nft':
      return words[0] === 'list';
    case 'sysctl':
      return !args.includes('--write');
    default:
      return /^ip6?tables-(?:nft|legacy)-save$/.test(program);
  }
}
