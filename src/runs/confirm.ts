import { createInterface } from 'node:readline/promises';
import { LabnetError } from '../errors.ts';
import { eitherSignal } from '../host/either-signal.ts';
import type { Context } from './context.ts';

/** Where the question is put and answered. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks the user before something is lost; asks nothing where there is no terminal, nor with --yes.
 *
 * @param hint what else can be typed
 * @throws LabnetError failed when the answer is no; interrupted
 */
export async function requireYes(
  question: string,
  hint: string,
  { options, interactive, signal }: Pick<Context, 'options' | 'interactive' | 'signal'>,
): Promise<void> {
  if (options.yes || !interactive || (await confirm(question, signal))) return;
  throw new LabnetError('failed', 'nothing was changed', { hint });
}

/**
 * Asks on the terminal; anything but y or yes is no, Ctrl-D too.
 * @throws LabnetError interrupted at Ctrl-C, which readline keeps from the process, and when the signal comes
 */
export async function confirm(
  question: string,
  signal: AbortSignal,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
  const terminal = createInterface({ input, output, terminal: true });
  const interrupted = new AbortController();
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  terminal.once('SIGINT', () => interrupted.abort());
  const either = eitherSignal(signal, interrupted.signal);
  try {
    const answer = terminal.question(`${question}[y/N] `, { signal: either });
    return /^y(es)?$/i.test((await Promise.race([answer, ended])).trim());
  } catch (cause) {
    output.write('\n');
    if (either.aborted) throw new LabnetError('interrupted', 'interrupted', { cause });
    return false;
  } finally {
    terminal.close();
    // Nothing listens to the run's own signal any longer.
    interrupted.abort();
  }
}
