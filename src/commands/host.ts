import { LabnetError } from '../errors.ts';
import { holdsNamespace } from '../host/namespace.ts';
import { openNetworkView } from '../host/network-view.ts';
import { quoteCommand } from '../host/shell-quote.ts';
import { chooseLab, loadPlan } from '../labs/lab-store.ts';
import type { Context, Result } from '../runs/context.ts';
import { captured, shownStatus } from '../runs/users-command.ts';

/**
 * Runs a command as root in the network namespace that stands in for the host of a lab; without one, the user's shell.
 * The exit status is the command's own, but never 255.
 *
 * @throws LabnetError usage for a lab on the network of this PC, and for --json without a command; failed when the lab
 *   is not up
 */
export async function inLabsHost(
  named: string | undefined,
  words: readonly string[],
  context: Context,
): Promise<Result<'host'>> {
  const { host, roots, options, signal } = context;
  const { lab, namespace } = await loadPlan(await chooseLab(named, host, roots), host, roots);
  if (namespace === undefined) throw itIsThisPc(lab, words);
  if (options.json && words.length === 0) {
    throw new LabnetError('usage', '--json shows what a command says: name one', {
      hint: 'sudo labnet host --json -- ip address',
    });
  }
  if (!(await holdsNamespace(namespace, host))) {
    throw new LabnetError('failed', `the lab ${lab} is not up: its host's network is gone`, {
      hint: `sudo labnet provision --lab ${lab} brings it up again`,
    });
  }
  const view = await openNetworkView(namespace, host);
  try {
    const argv = view.enter(words.length === 0 ? [shellOf(context)] : words);
    if (options.json) {
      const { status, stdout, stderr } = await host.run(argv, { ...captured, namespace, signal });
      return {
        json: { ok: status === 0, lab, status, stdout, stderr },
        text: '',
        status: shownStatus(status),
      };
    }
    if (words.length === 0 && context.terminal)
      context.say(`A shell as root in the network of ${lab}'s host; exit leaves it.`);
    const status = await host.attach(argv, { namespace });
    return { json: undefined, text: '', status: shownStatus(status) };
  } finally {
    await view.close();
  }
}

function shellOf({ env }: Pick<Context, 'env'>): string {
  return env.SHELL?.startsWith('/') === true ? env.SHELL : 'bash';
}

function itIsThisPc(lab: string, words: readonly string[]): LabnetError {
  const message = `the host of the lab ${lab} is this PC itself: commands are typed as they are`;
  return new LabnetError('usage', message, {
    hint: words.length === 0 ? undefined : `sudo ${quoteCommand(words)}`,
  });
}
