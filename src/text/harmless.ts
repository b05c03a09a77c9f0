/**
 * Escape sequences of terminals: control sequences, operating system commands, and the short ones (ECMA-48, 5.3 to
 * 5.6).
 */
const esc = '\\u001b';
const sequences = new RegExp(
  `(?:${esc}\\[|\\u009b)[0-?]*[ -/]*[@-~]|${esc}[\\]PX^_][^\\u0007${esc}]*(?:\\u0007|${esc}\\\\)?|${esc}[ -/]*[0-~]`,
  'g',
);

/** Control characters except newline and tab, and what turns the direction of text (Unicode, UAX #9). */
const controls = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text from elsewhere, such as a guest's console or a file's name, as it may go to a terminal: what the terminal would
 * obey is left out, or shown as a sign.
 */
export function harmless(text: string): string {
  return text.replaceAll(sequences, '').replaceAll(/\r+\n/g, '\n').replaceAll(controls, '\uFFFD');
}
