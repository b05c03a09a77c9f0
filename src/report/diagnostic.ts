import type { Diagnostic } from '../lab/mistake.ts';
import { harmless } from '../text/harmless.ts';
import { masked } from '../text/masked.ts';

/**
 * Mistakes as text, each with its line, secrets masked, and a caret below it:
 *
 *     lab.yaml:3:5: unknown key "adress"
 *       3 |     adress: 192.168.6.1
 *         |     ^~~~~~
 *       did you mean "address"?
 *
 * What several have for a hint is said once, below the last of them.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], text: string): string {
  const lines = masked(text.replace(/^\uFEFF/, '')).split('\n');
  const last = new Map(diagnostics.map(({ hint }, index) => [hint, index]));
  return diagnostics
    .map((diagnostic, index) =>
      format(last.get(diagnostic.hint) === index ? diagnostic : { ...diagnostic, hint: undefined }, lines),
    )
    .join('\n');
}

/**
 * The most characters of a line that are shown: longer lines are cut, since a caret must stand on the line it points
 * at.
 */
const widest = 160;

function format({ position, message, hint, length = 1 }: Diagnostic, lines: readonly string[]): string {
  const { file, line, column } = position;
  const source = onOneLine((lines[line - 1] ?? '').slice(0, widest)).trimEnd();
  const margin = ' '.repeat(String(line).length);
  // What goes on in the next line is underlined to the end of this one.
  const marked = Math.max(1, Math.min(length, source.length - column + 1));
  const caret = `${' '.repeat(column - 1)}^${'~'.repeat(marked - 1)}`;
  return [
    `${file}:${line}:${column}: ${onOneLine(message)}`,
    ...(column > widest ? [] : [`  ${line} | ${source}`, `  ${margin} | ${caret}`]),
    ...(hint === undefined ? [] : [`  ${onOneLine(hint)}`]),
  ].join('\n');
}

/**
 * A text made to stand on one line: a tab is as wide as a space; each other sign stands for one character, so that a
 * caret stays below its place.
 */
function onOneLine(text: string): string {
  return harmless(
    text
      .replaceAll('\t', ' ')
      .replaceAll('\r', '')
      .replaceAll('\u001b', '\uFFFD')
      .replaceAll('\u009b', '\uFFFD'),
  );
}
