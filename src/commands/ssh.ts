import { quoteWord } from '../host/shell-quote.ts';
import { sshCommand } from '../verify/ssh.ts';
import type { Context, Result } from './context.ts';
import { findGuest } from './guest.ts';

/** Enters a VM, or runs a command in it; the exit status is ssh's own, but never 255. */
export async function ssh(
  vm: string,
  words: readonly string[],
  lab: string | undefined,
  context: Context,
): Promise<Result> {
  const { guest, plan } = await findGuest(vm, lab, context);
  // ssh joins its words with blanks and hands them to the guest's shell: quoted, they arrive as they were typed. One
  // word alone is left as it is, so that `labnet ssh vm1 'ls | wc -l'` does what it says.
  const command = words.length > 1 ? words.map(quoteWord) : words;
  const argv = sshCommand(guest, plan, context.roots, words.length === 0 ? ['-t'] : []);
  const status = await context.host.attach([...argv, '--', ...command], {
    namespace: plan.network.namespace,
  });
  const failed = status === 255;
  return { json: { ok: status === 0, vm, status }, text: '', status: failed ? 1 : status };
}
