import type { Position } from '../errors.ts';
import { harmless } from './harmless.ts';
import { masked } from './masked.ts';

/** One mistake in a file. */
export interface Diagnostic {
  readonly position: Position;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Characters to underline; 1 unless told. */
  readonly length?: number | undefined;
}

/** ECMA-48, SGR: bold, red, back to normal. */
const sgr = { bold: '\u001b[1m', red: '\u001b[31m', normal: '\u001b[0m' } as const;

/**
 * Mistakes as text, each with its line, secrets masked, and a caret below it:
 *
 *     lab.yaml:3:5: unknown key "adress"
 *       3 |     adress: 192.168.6.1
 *         |     ^~~~~~
 *       did you mean "address"?
 *
 * @param options `colour`: with the terminal's own; false unless told
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  text: string,
  { colour = false }: { readonly colour?: boolean } = {},
): string {
  const lines = masked(text.replace(/^\uFEFF/, '')).split('\n');
  const paint: Paint = (code, words) => (colour ? `${sgr[code]}${words}${sgr.normal}` : words);
  return diagnostics.map((diagnostic) => format(diagnostic, lines, paint)).join('\n');
}

type Paint = (code: keyof typeof sgr, words: string) => string;

/** Longer lines are cut: a caret must stand on the line it points at. */
const widest = 160;

function format(
  { position, message, hint, length = 1 }: Diagnostic,
  lines: readonly string[],
  paint: Paint,
): string {
  const { file, line, column } = position;
  const source = onOneLine((lines[line - 1] ?? '').slice(0, widest)).trimEnd();
  const margin = ' '.repeat(String(line).length);
  // What goes on in the next line is underlined to the end of this one.
  const marked = Math.max(1, Math.min(length, source.length - column + 1));
  const caret = `${' '.repeat(column - 1)}${paint('red', `^${'~'.repeat(marked - 1)}`)}`;
  return [
    `${paint('bold', `${file}:${line}:${column}:`)} ${onOneLine(message)}`,
    ...(column > widest ? [] : [`  ${line} | ${source}`, `  ${margin} | ${caret}`]),
    ...(hint === undefined ? [] : [`  ${onOneLine(hint)}`]),
  ].join('\n');
}

/** A tab is as wide as a space; each other sign stands for one character, so that a caret stays below its place. */
function onOneLine(text: string): string {
  return harmless(
    text
      .replaceAll('\t', ' ')
      .replaceAll('\r', '')
      .replaceAll('\u001b', '\uFFFD')
      .replaceAll('\u009b', '\uFFFD'),
  );
}
