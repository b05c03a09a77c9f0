/** Text → YAML document whose every part knows its line; what labnet refuses of YAML is refused here. */
import { type Document, isMap, parseDocument, type YAMLParseError } from 'yaml';
import { messageOf, type Position } from '../errors.ts';
import { readCloudConfigWords } from './cloud-config-words.ts';
import type { Diagnostic } from './mistake.ts';
import { type Place, placeOfKey, placeOfValue, placesIn, quotedAt, wordAt } from './places.ts';
import { refusedNodes, refusedTokens } from './refused.ts';

/** The most bytes of a lab file, which is small: a larger one is another file, or an attack. */
export const largest = 1024 * 1024;

/** A lab file as it was read: its data, and where each part of it stands. */
export interface LabDocument {
  readonly data: unknown;
  /** Where the value at a path stands; the nearest thing around it when it is not there. */
  at(path: readonly PropertyKey[]): Place;
  /** Where the key of an entry stands. */
  atKey(path: readonly PropertyKey[], key: string): Place;
  /** The word without quotes that stands at a path, as it is written; undefined for anything else. */
  wordAt(path: readonly PropertyKey[]): string | undefined;
  /** The text in quotes that stands at a path; undefined for anything else. */
  quotedAt(path: readonly PropertyKey[]): string | undefined;
}

/** Reads the text of a lab file as YAML. @returns the document, or every mistake in its form */
export function readDocument(source: string, file: string): LabDocument | readonly Diagnostic[] {
  const start: Position = { file, line: 1, column: 1 };
  if (Buffer.byteLength(source) > largest)
    return [{ position: start, message: 'too large for a lab file: 1 MiB at most' }];
  const text = source.replace(/^\uFEFF/, '');
  const place = placesIn(text, file);
  const tokens = refusedTokens(text);
  if (tokens.length > 0) return tokens.map(({ from, to, message }) => ({ ...place(from, to), message }));
  // The parser does not look for keys that stand twice, since it compares each with all others: refusedNodes does.
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, stringKeys: true });
  const mistakes: readonly Diagnostic[] = [
    ...document.errors.map((error) => ({ ...place(error.pos[0], error.pos[0]), ...explained(error) })),
    ...[...readCloudConfigWords(document), ...refusedNodes(document)].map(({ from, to, message }) => ({
      ...place(from, to),
      message,
    })),
  ];
  if (mistakes.length > 0) return mistakes;
  if (document.contents === null)
    return [{ position: start, message: 'the file is empty', hint: 'labnet init writes one to start from' }];
  if (!isMap(document.contents))
    return [{ position: start, message: 'a lab file is a map of keys and values' }];
  const data = toJs(document);
  if (data instanceof Error) return [{ position: start, message: data.message }];
  return {
    data,
    at: (path: readonly PropertyKey[]) => placeOfValue(document, path, place),
    atKey: (path: readonly PropertyKey[], key: string) => placeOfKey(document, path, key, place),
    wordAt: (path: readonly PropertyKey[]) => wordAt(document, path),
    quotedAt: (path: readonly PropertyKey[]) => quotedAt(document, path),
  };
}

/** The document's data, or an error: toJS() can still throw, without a position, on what the parser let pass. */
function toJs(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/** The parser's message, in words for those who know YAML little. */
function explained({ code, message }: YAMLParseError): { readonly message: string; readonly hint?: string } {
  if (code === 'TAB_AS_INDENT') return { message: 'tabs cannot indent in YAML: use spaces' };
  if (code === 'MULTIPLE_DOCS') return { message: 'a lab file is one document: a second one begins here' };
  if (code === 'NON_STRING_KEY') return { message: 'a key must be a plain word' };
  if (code === 'BLOCK_AS_IMPLICIT_KEY')
    return {
      message: 'a key inside a value',
      hint: 'wrong indentation, or a text with ": " in it that wants quotes',
    };
  return { message };
}
