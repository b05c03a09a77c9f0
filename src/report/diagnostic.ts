import type { Position } from '../errors.ts';

/** One mistake in a file. */
export interface Diagnostic {
  readonly position: Position;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Characters to underline; 1 unless told. */
  readonly length?: number | undefined;
}

/**
 * Mistakes as text, each with its line and a caret below it:
 *
 *     lab.yaml:3:5: unknown key "adress"
 *       3 |     adress: 192.168.6.1
 *         |     ^~~~~~
 *       did you mean "address"?
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], text: string): string {
  const lines = text.split('\n');
  return diagnostics.map((diagnostic) => format(diagnostic, lines)).join('\n');
}

/** Longer lines are cut: a caret must stand on the line it points at. */
const widest = 160;

function format({ position, message, hint, length = 1 }: Diagnostic, lines: readonly string[]): string {
  const { file, line, column } = position;
  const source = (lines[line - 1] ?? '').replaceAll('\t', ' ').trimEnd();
  const number = String(line);
  const head = `${file}:${line}:${column}: ${message}`;
  const shown =
    column > widest
      ? []
      : [
          `  ${number} | ${source.slice(0, widest)}`,
          `  ${' '.repeat(number.length)} | ${' '.repeat(column - 1)}^${'~'.repeat(Math.max(0, Math.min(length, widest) - 1))}`,
        ];
  return [head, ...shown, ...(hint === undefined ? [] : [`  ${hint}`])].join('\n');
}
