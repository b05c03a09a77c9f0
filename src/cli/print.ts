import { LabnetError, messageOf } from '../errors.ts';
import type { GlobalOptions, Result } from '../runs/context.ts';
import { harmless } from '../text/harmless.ts';
import type { Typed } from './typed.ts';
import { Unwritten, writeOut } from './write-out.ts';

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

/** Prints a result to standard output, as text or with --json as one object. @throws Unwritten */
export function printResult(
  { json, text, verbatim }: Result,
  options: Partial<GlobalOptions>,
  typed: Typed,
): void {
  if (options.json) writeOut(asJson(json, typed));
  else if (text !== '') {
    const said = verbatim === true ? text : typed(text);
    writeOut(harmless(said.endsWith('\n') ? said : `${said}\n`));
  }
}

/** The keys of an object whose texts hold lines to type. */
const toType = ['hint', 'remedy'];

function asJson(json: unknown, typed: Typed): string {
  const replaced = (key: string, value: unknown) =>
    toType.includes(key) && typeof value === 'string' ? typed(value) : value;
  return `${JSON.stringify(json, replaced, 2)}\n`;
}

/**
 * Prints an error to standard error as text, or with --json to standard output as one object; where standard output
 * takes no more, as text all the same.
 */
export function printError(error: unknown, options: Partial<GlobalOptions>, typed: Typed): void {
  if (options.json && !(error instanceof Unwritten)) {
    try {
      writeOut(asJson(errorReport(error), typed));
      return;
    } catch (unwritten) {
      printError(unwritten, {}, typed);
    }
  }
  if (error instanceof LabnetError) {
    const hint = error.hint === undefined ? '' : `\n  ${typed(error.hint).replaceAll('\n', '\n  ')}`;
    // The place of a mistake begins its line: editors and terminals find the file by it.
    const who = error.position === undefined ? 'labnet: ' : '';
    process.stderr.write(harmless(`${who}${error.message}${hint}\n`));
  } else process.stderr.write(harmless(`${error instanceof Error ? error.stack : messageOf(error)}\n`));
}

/** The object that an error prints with --json; the code of what is no LabnetError is "bug". */
export function errorReport(error: unknown): ErrorReport {
  if (!(error instanceof LabnetError))
    return { ok: false, error: { code: 'bug', message: messageOf(error) } };
  const { code, message, hint, position } = error;
  return { ok: false, error: { code, message, hint, ...position } };
}
