/** Text → YAML document whose every part knows its line; what labnet refuses of YAML is refused here. */
import { Alias, type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Position } from '../errors.ts';
import type { Diagnostic } from '../report/diagnostic.ts';

/** A lab file is small: a larger one is another file, or an attack. */
const largest = 1024 * 1024;

export interface LabDocument {
  readonly data: unknown;
  /** Where the value at a path stands; the nearest thing around it when it is not there. */
  at(path: readonly PropertyKey[]): Place;
  /** Where the key of an entry stands. */
  atKey(path: readonly PropertyKey[], key: string): Place;
}

export interface Place {
  readonly position: Position;
  readonly length: number;
}

/** @returns the document, or every mistake in its form. */
export function readDocument(text: string, file: string): LabDocument | Diagnostic[] {
  const start: Position = { file, line: 1, column: 1 };
  if (text.length > largest)
    return [{ position: start, message: `${text.length} bytes are no lab file: 1 MiB at most` }];
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: true,
    stringKeys: false,
  });
  const place = (from: number, to: number): Place => {
    const { line, col } = counter.linePos(from);
    return {
      position: { file, line: Math.max(line, 1), column: Math.max(col, 1) },
      length: Math.max(1, to - from),
    };
  };
  const mistakes = [
    ...document.errors.map(
      ({ message, pos: [from, to] }): Diagnostic => ({
        ...place(from, to),
        length: 1,
        message: yamlMessage(message),
      }),
    ),
    ...refused(document, place),
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
    at: (path: readonly PropertyKey[]) => find(document, path, place),
    atKey: (path: readonly PropertyKey[], key: string) => findKey(document, path, key, place),
  };
}

type PlaceOf = (from: number, to: number) => Place;

/** Anchors and aliases let a small file say something huge; tags and merge keys let it say something else. */
function refused(document: Document.Parsed, place: PlaceOf): Diagnostic[] {
  const found: Diagnostic[] = [];
  const add = (node: { range?: readonly [number, number, number] | null | undefined }, message: string) => {
    const [from, to] = node.range ?? [0, 1];
    found.push({ ...place(from, Math.min(to, from + 40)), message });
  };
  visit(document, {
    Alias: (_, node: Alias) => add(node, `aliases (*${node.source}) are not supported: write the value out`),
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined && !(node instanceof Alias))
        add(node, `anchors (&${node.anchor}) are not supported: write the value out`);
      if (node.tag?.startsWith('!') === true) add(node, `tags (${node.tag}) are not supported`);
    },
    Pair: (_, pair) => {
      if (isScalar(pair.key) && pair.key.value === '<<')
        add(pair.key, 'merge keys (<<) are not supported: write the values out');
      else if (isNode(pair.key) && !isScalar(pair.key)) add(pair.key, 'a key must be a plain word');
    },
  });
  return found;
}

/** toJS() can still throw, without a position, on what the parser let pass. */
function toJs(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function find(document: Document.Parsed, path: readonly PropertyKey[], place: PlaceOf): Place {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      // A map or list is shown by its key: its own range spans all that is in it.
      if (length === path.length && isScalar(node)) return place(node.range[0], node.range[1]);
      return findKey(document, path.slice(0, length - 1), String(path[length - 1]), place);
    }
  }
  return place(0, 1);
}

function findKey(
  document: Document.Parsed,
  path: readonly PropertyKey[],
  key: string,
  place: PlaceOf,
): Place {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(node)
    ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined;
  if (pair !== undefined && isScalar(pair.key) && pair.key.range)
    return place(pair.key.range[0], pair.key.range[1]);
  if (isNode(node) && node.range) return place(node.range[0], node.range[0] + 1);
  return place(0, 1);
}

function yamlMessage(message: string): string {
  return message === 'Map keys must be unique' ? 'this key stands here already' : message;
}
