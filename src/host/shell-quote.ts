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
