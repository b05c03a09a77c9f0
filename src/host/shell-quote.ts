/** Characters that a POSIX shell takes literally without quotes. */
const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word as a shell reads it back unchanged. */
export function quoteWord(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** An argument list as the line a person would type. */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}

/** Lines longer than this are broken before each option. */
const widest = 100;

/** An argument list as a person would type it; a long one on several lines, with an option and its value on one. */
export function quoteLongCommand(argv: readonly string[]): string {
  const line = quoteCommand(argv);
  if (line.length <= widest) return line;
  const words = argv.map(quoteWord);
  return words
    .map((word, index) => (index === 0 ? word : `${word.startsWith('-') ? ' \\\n  ' : ' '}${word}`))
    .join('');
}
