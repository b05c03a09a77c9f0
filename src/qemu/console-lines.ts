/** Characters of a line of a console that are kept: the last ones, since a mark stands at a line's end. */
export const longestLine = 4096;

/** Makes lines of a console's text, which comes in pieces of any size; in time that grows with the text alone. */
export class ConsoleLines {
  private rest = '';

  /**
   * Takes in more text.
   *
   * @returns the lines that end in this text, without their ends; of one that is too long the end, behind "…"
   */
  feed(text: string): readonly string[] {
    const pieces = text.split('\n');
    pieces[0] = this.rest + pieces[0];
    const rest = pieces.pop() ?? '';
    // The rest is not cut each time: text that comes letter by letter would be copied as often.
    this.rest = rest.length > 2 * longestLine ? shortened(rest) : rest;
    return pieces.map(shortened);
  }

  /** The line that has not ended yet. */
  unended(): string {
    return shortened(this.rest);
  }
}

function shortened(line: string): string {
  return line.length > longestLine ? `…${line.slice(1 - longestLine)}` : line;
}
