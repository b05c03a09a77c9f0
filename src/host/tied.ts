import { inNamespace } from './namespace.ts';

/**
 * Makes a command end with labnet, even when labnet is killed: the kernel kills it once its parent is gone
 * (PR_SET_PDEATHSIG, prctl(2)). A change of uid and a user namespace take that back, so a `setpriv` that what enters
 * namespaces starts asks for it again, which setpriv(1) does after its own change.
 */
export function tied(argv: readonly string[]): readonly string[] {
  const at = lastSetpriv(argv);
  const again = at === undefined ? argv : [...argv.slice(0, at + 1), ...flag, ...argv.slice(at + 1)];
  return at === 0 ? again : ['setpriv', ...flag, ...again];
}

/** Where the setpriv stands that a command is, or that nsenter and unshare start; undefined where none has no tie yet. */
function lastSetpriv(argv: readonly string[], from = 0): number | undefined {
  const program = argv[from] ?? '';
  if (program === 'setpriv') return argv[from + 1] === flag[0] ? undefined : from;
  const end = argv.indexOf('--', from);
  return ['nsenter', 'unshare'].includes(program) && end !== -1 ? lastSetpriv(argv, end + 1) : undefined;
}

const flag = ['--pdeathsig', 'KILL'] as const;

/**
 * Makes a command in a network namespace end with labnet: what nsenter runs stays tied, unless it changes its uid. A
 * command that only looks is left alone: it changes nothing when it is late, and starting it by way of setpriv takes
 * half as long again.
 */
export function tiedIn(argv: readonly string[], namespace: string | undefined): readonly string[] {
  if (onlyLooks(argv)) return inNamespace(argv, namespace);
  return tied(inNamespace(argv, namespace));
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
