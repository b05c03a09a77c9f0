/** The controls that programs draw with. */
const drawing = '\\t\\r\\n\\b\\u001b';
/** What bytes leave behind that are no text: the sign for what is not UTF-8, and all other controls. */
const noise = new RegExp(`\\uFFFD|(?![${drawing}])\\p{Cc}`, 'gu');

/** The share of noise from which on a line is no text: one in another encoding than UTF-8 has less. */
const mostNoise = 0.2;

/**
 * The lines of what a program has said that are text, and how many are not, as of a file that was printed though it
 * holds no text.
 */
export function legible(lines: readonly string[]): {
  readonly text: readonly string[];
  readonly leftOut: number;
} {
  const text = lines.filter((line) => (line.match(noise)?.length ?? 0) <= mostNoise * line.length);
  return { text, leftOut: lines.length - text.length };
}
