import { CommandFailed } from '../host/command-failed.ts';
import type { Host } from '../host/host.ts';

/**
 * What a program says of one thing; undefined only when it says that there is none (status 1, and a word of it): what
 * is taken for absent is forgotten, so neither silence nor a look that failed may pass for it.
 *
 * @param none how the program says it, on standard error
 * @throws CommandFailed for any other end, and for silence
 */
export async function look(
  argv: readonly string[],
  none: RegExp,
  { host, namespace }: { readonly host: Pick<Host, 'run'>; readonly namespace?: string | undefined },
): Promise<string | undefined> {
  const { status, stdout, stderr } = await host.run(argv, { namespace, accept: [0, 1] });
  if (status === 0 && stdout.trim() !== '') return stdout;
  // A namespace that nsenter(1) does not find tells nothing of what is in it.
  if (status === 1 && none.test(stderr) && !stderr.startsWith('nsenter:')) return undefined;
  throw new CommandFailed(argv, argv.join(' '), { how: 'exit', status }, stderr || 'it said nothing');
}
