import { LabnetError } from '../errors.ts';
import { quoteWord } from '../host/shell-quote.ts';
import { sshCommand } from '../reach/ssh.ts';
import type { Context, Result } from '../runs/context.ts';
import { findGuest, requireRunning } from '../runs/guest.ts';
import { captured, shownStatus } from '../runs/users-command.ts';

/** The flags of `labnet ssh`. */
export interface SshOptions {
  readonly lab?: string | undefined;
  /** Whether the command has a terminal; where undefined, it has one if labnet has one. */
  readonly tty?: boolean | undefined;
}

/**
 * Enters a VM, or runs a command in it; the exit status is ssh's own, but never 255.
 * @throws LabnetError failed when the VM does not run, usage for --json without a command
 */
export async function ssh(
  vm: string,
  words: readonly string[],
  { lab, tty }: SshOptions,
  context: Context,
): Promise<Result<'ssh'>> {
  const { host, roots, options, signal } = context;
  const { guest, plan } = await findGuest(vm, lab, context);
  const { namespace } = guest.reach;
  // ssh joins its words with blanks and hands them to the guest's shell: quoted, they arrive as they were typed. One
  // word alone is left as it is, so that `labnet ssh vm1 'ls | wc -l'` does what it says.
  const command = words.length > 1 ? words.map(quoteWord) : words;
  const argv = (...own: string[]) => [...sshCommand(guest, plan, roots, own), '--', ...command];
  if (!options.json) {
    await requireRunning(guest, context);
    const status = await host.attach(argv(terminalOption(tty, context.terminal)), { namespace });
    return { json: undefined, text: '', status: shownStatus(status) };
  }
  if (tty === true) {
    throw new LabnetError('usage', '--json takes down what a command says, so the command has no terminal', {
      hint: 'leave out --tty, or --json',
    });
  }
  if (words.length === 0) {
    throw new LabnetError('usage', '--json shows what a command says: name one', {
      hint: `sudo labnet ssh ${vm} --json -- hostname`,
    });
  }
  await requireRunning(guest, context);
  const { status, stdout, stderr } = await host.run(argv(), { ...captured, namespace, signal });
  return { json: { ok: status === 0, vm, status, stdout, stderr }, text: '', status: shownStatus(status) };
}

/** The option of ssh(1) for a terminal; -t given twice makes one even where ssh has none itself. */
function terminalOption(asked: boolean | undefined, terminal: boolean): string {
  if (asked === undefined) return terminal ? '-t' : '-T';
  return asked ? '-tt' : '-T';
}
