import type { GlobalOptions, Result } from '../commands/context.ts';
import { LabnetError, messageOf } from '../errors.ts';
import { harmless } from '../report/harmless.ts';

/** The object that an error prints with --json. */
export interface ErrorReport {
  readonly ok: false;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string | undefined;
    readonly file?: string | undefined;
    readonly line?: number | undefined;
    readonly column?: number | undefined;
  };
}

/** Results go to standard output. */
export function printResult({ json, text }: Result, options: Partial<GlobalOptions>): void {
  if (options.json) process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else if (text !== '') process.stdout.write(harmless(text.endsWith('\n') ? text : `${text}\n`));
}

/** Errors go to standard error as text, or as one object to standard output with --json. */
export function printError(error: unknown, options: Partial<GlobalOptions>): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(errorReport(error), null, 2)}\n`);
    return;
  }
  if (error instanceof LabnetError) {
    const hint = error.hint === undefined ? '' : `\n  ${error.hint.replaceAll('\n', '\n  ')}`;
    // The place of a mistake begins its line: editors and terminals find the file by it.
    const who = error.position === undefined ? 'labnet: ' : '';
    process.stderr.write(harmless(`${who}${error.message}${hint}\n`));
  } else process.stderr.write(harmless(`${error instanceof Error ? error.stack : messageOf(error)}\n`));
}

export function errorReport(error: unknown): ErrorReport {
  if (!(error instanceof LabnetError))
    return { ok: false, error: { code: 'bug', message: messageOf(error) } };
  const { code, message, hint, position } = error;
  return { ok: false, error: { code, message, hint, ...position } };
}
