import { parse } from 'yaml';

/** A comment, or a text in double quotes, maybe with the colon that makes it a key. */
const pieces = /(?<=^|\s)#[^\n]*|("(?:[^"\\]|\\.)*")(\s*:)?/gmsu;

/**
 * A value in double quotes on one line, as YAML 1.1 and JSON read it alike: without `\/`, which YAML 1.1 does not
 * have, without halves of surrogate pairs, and without the characters that YAML takes for line breaks or marks.
 */
const alike =
  /^"(?:[^"\\\p{Cc}\p{Surrogate}\u2028\u2029\ufeff\ufffe\uffff]|\\["\\bfnrt]|\\u(?![dD][89a-fA-F])[\da-fA-F]{4})*"$/u;

/** Stands for the n-th quoted value. A plain scalar cannot begin with "@", so only a quoted one reads as just this. */
const token = (index: number) => `@value-${index}@`;

/** Stands for any comment. */
const comment = '# @comment@';

/** What has been read, by text: the seeds of a lab's VMs differ in their quoted values alone. */
const frames = new Map<string, unknown>();

/**
 * The text as YAML 1.1 (what cloud-init's PyYAML reads), the same as `parse` gives it. Most of a seed is quoted values:
 * they are read as JSON, and what is around them by the YAML reader, once per text. Where a value turns out not to be
 * one for the YAML reader, as in a block of text, it reads the whole.
 *
 * @throws Error when it is no YAML
 */
export function readYaml(text: string): unknown {
  const values = new Map<string, string>();
  const frame = text.replace(pieces, (piece, quoted: string | undefined, colon: string | undefined) => {
    if (quoted === undefined) return comment;
    if (colon !== undefined || !alike.test(quoted)) return piece;
    const name = token(values.size);
    values.set(name, quoted);
    return `"${name}"`;
  });
  try {
    const seen = new Set<string>();
    const read = fill(readFrame(frame), values, seen);
    if (seen.size === values.size) return read;
  } catch {
    // Told by the whole text.
  }
  return readWhole(text);
}

function readWhole(text: string): unknown {
  return parse(text, { version: '1.1', logLevel: 'error' });
}

/** @throws Error when a comment was none for the YAML reader, but a line of a text. */
function readFrame(frame: string): unknown {
  if (!frames.has(frame)) {
    const read = readWhole(frame);
    if (JSON.stringify(read)?.includes(comment)) throw new Error('a comment in a text');
    frames.set(frame, read);
  }
  return frames.get(frame);
}

/** Puts the values in. @throws Error when one comes twice, by an alias or a text that looks like its token; for dates, sets and the like. */
function fill(node: unknown, values: ReadonlyMap<string, string>, seen: Set<string>): unknown {
  if (typeof node === 'string') {
    const value = values.get(node);
    if (value === undefined) return node;
    if (seen.has(node)) throw new Error('a value that comes twice');
    seen.add(node);
    return JSON.parse(value);
  }
  if (Array.isArray(node)) return node.map((item) => fill(item, values, seen));
  if (typeof node !== 'object' || node === null) return node;
  if (Object.getPrototypeOf(node) !== Object.prototype) throw new Error('no value of JSON');
  return Object.fromEntries(Object.entries(node).map(([key, held]) => [key, fill(held, values, seen)]));
}
