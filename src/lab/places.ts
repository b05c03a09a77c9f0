/** Where the parts of a YAML document stand in its text. */
import { type Document, isMap, isNode, isScalar, LineCounter } from 'yaml';
import type { Position } from '../errors.ts';

/** A place in the text of a document. */
export interface Place {
  readonly position: Position;
  /** How many characters it has; 1 at least. */
  readonly length: number;
}

/** Gives the place between two offsets into the text. */
export type PlaceOf = (from: number, to: number) => Place;

/** Makes the function that gives places in a text. @param file the name shown in diagnostics */
export function placesIn(text: string, file: string): PlaceOf {
  const counter = new LineCounter();
  counter.addNewLine(0);
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) counter.addNewLine(end + 1);
  // What is missing at the end is missing after the last character, not on the empty line below it.
  const end = text.trimEnd().length;
  return (from, to) => {
    const { line, col } = counter.linePos(Math.min(from, end));
    return { position: { file, line, column: col }, length: Math.max(1, to - from) };
  };
}

/** Where the value at a path stands; when it is not there, where the nearest thing around it stands. */
export function placeOfValue(document: Document, path: readonly PropertyKey[], place: PlaceOf): Place {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    const [from, to] = node.range;
    const last = path[length - 1];
    if (length === path.length && isScalar(node) && to > from) return place(from, to);
    // A map or list is shown by its key, or by its first character: its own range spans all that is in it.
    return typeof last === 'number'
      ? place(from, from)
      : placeOfKey(document, path.slice(0, length - 1), String(last), place);
  }
  return place(0, 1);
}

/** The word without quotes that stands at a path, as it is written; undefined for anything else. */
export function wordAt(document: Document, path: readonly PropertyKey[]): string | undefined {
  const node: unknown = document.getIn(path, true);
  return isScalar(node) && node.type === 'PLAIN' && node.source !== '' ? node.source : undefined;
}

/** The text in quotes that stands at a path; undefined for anything else. */
export function quotedAt(document: Document, path: readonly PropertyKey[]): string | undefined {
  const node: unknown = document.getIn(path, true);
  return isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')
    ? String(node.value)
    : undefined;
}

/** Where the key of an entry of the map at a path stands. */
export function placeOfKey(
  document: Document,
  path: readonly PropertyKey[],
  key: string,
  place: PlaceOf,
): Place {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(node)
    ? node.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  if (isScalar(pair?.key) && pair.key.range) return place(pair.key.range[0], pair.key.range[1]);
  return isNode(node) && node.range ? place(node.range[0], node.range[0]) : place(0, 1);
}
