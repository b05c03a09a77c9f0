/** Keys of a lab file whose values are nobody else's business. */
const secretKeys = '(?:password|passwd|plain_text_passwd|hashed_passwd|content|[a-z0-9]+_private)';
const secretKey = new RegExp(`(?<![\\w-])["']?${secretKeys}["']?[ \\t]*:[ \\t]*`, 'gi');
const wholeKey = new RegExp(`^${secretKeys}$`, 'i');

/** Whether the value of a key may not be shown. */
export function isSecretKey(key: unknown): boolean {
  return typeof key === 'string' && wholeKey.test(key);
}

/**
 * A value in quotes, also one that is never closed; and what stands behind the quotes, unless it ends the value or is a
 * comment.
 */
const quoted = /(?:"(?:[^"\\]|\\[\s\S])*"?|'(?:[^']|'')*'?)(?:[ \t]+[^\s#,}\]][^\n]*)?/y;

const privateKeys = /(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)([\s\S]*?)(?=-----END|$)/g;

/**
 * The text of a lab file with an asterisk for each character of its secrets, so that a line of it can be shown. It may
 * be broken YAML, so more is masked rather than less. Line ends, blanks and lengths stay: a caret below still points.
 */
export function masked(text: string): string {
  let shown = '';
  let at = 0;
  for (const { 0: key, index } of text.matchAll(secretKey)) {
    if (index < at) continue;
    const from = index + key.length;
    const to = endOfValue(text, index, from);
    shown += text.slice(at, from) + hidden(text.slice(from, to));
    at = to;
  }
  shown += text.slice(at);
  return shown.replaceAll(privateKeys, (_, head: string, body: string) => head + hidden(body));
}

function endOfValue(text: string, keyAt: number, from: number): number {
  quoted.lastIndex = from;
  const inQuotes = quoted.exec(text);
  if (inQuotes !== null) return from + inQuotes[0].length;
  const line = text.lastIndexOf('\n', keyAt) + 1;
  // Within braces on one line, a value without quotes ends at the next comma or brace.
  if (text.slice(line, keyAt).includes('{')) return from + text.slice(from).search(/[,}\n]|$/);
  // Otherwise it ends with the line, or with the last of the lines after it that lie deeper than the key, as those of a
  // block (|) do.
  const column = keyAt - line;
  let end = endOfLine(text, from);
  for (;;) {
    const next = endOfLine(text, end + 1);
    const more = text.slice(end + 1, next);
    if (end >= text.length || (more.trim() !== '' && more.search(/[^ \t]/) <= column)) return end;
    end = next;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function hidden(text: string): string {
  return text.replaceAll(/\S/g, '*');
}
