/**
 * What of YAML a lab file does without: it lets a small file say something huge, or something else than it seems to.
 */
import { Alias, type CST, type Document, isMap, isNode, isScalar, Lexer, Parser, visit } from 'yaml';

/** A mistake between two offsets of the text. */
export interface Refused {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/**
 * The deepest nesting that is read, deeper than any lab file's. The composer of `yaml` calls itself for each level, to
 * the end of the stack.
 */
const deepest = 60;

/**
 * The most words and marks that are read, more than a full lab of 100 VMs has. The steps after this one take time with
 * the square of them in places, and zod's lists of issues overflow the stack.
 */
const mostTokens = 60_000;

/** The most control characters that are told: a file that is no text would have thousands. */
const most = 20;

/** Finds what must not reach the composer of `yaml`. It reads tokens alone, and without recursion. */
export function refusedTokens(text: string): readonly Refused[] {
  const controls = [...text.matchAll(/(?![\t\n]|\r\n)[\p{Cc}\p{Cs}]/gu)].slice(0, most);
  if (controls.length > 0)
    return controls.map(({ 0: control, index }) => {
      const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
      return { from: index, to: index, message: `YAML does not hold the character U+${code}` };
    });
  if (isEndless(text))
    return [{ from: 0, to: 0, message: `more than ${mostTokens} words and marks: no lab file has so many` }];
  const found: Refused[] = [];
  const rest: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) rest.push({ token, depth: 0 });
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { token, depth } = next;
    if (depth > deepest) {
      const message = `nested more than ${deepest} deep: no lab file is`;
      return [{ from: token.offset, to: token.offset, message }];
    }
    if (token.type === 'directive')
      found.push({ ...span(token.offset, token.source), message: 'directives (%) are not supported' });
    for (const inside of held(token)) rest.push({ token: inside, depth: depth + 1 });
  }
  return found;
}

function isEndless(text: string): boolean {
  const tokens = new Lexer().lex(text);
  for (let count = 0; count <= mostTokens; count += 1) if (tokens.next().done === true) return false;
  return true;
}

function held(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((one) => one != null));
}

function span(from: number, source: string): { readonly from: number; readonly to: number } {
  return { from, to: from + source.length };
}

/**
 * Finds anchors, aliases, tags, merge keys, keys that stand twice or are no text, and numbers that would be rounded.
 */
export function refusedNodes(document: Document.Parsed): readonly Refused[] {
  const found: Refused[] = [];
  const add = (node: unknown, message: string) => {
    const [from, to] = (isNode(node) ? node.range : undefined) ?? [0, 1];
    found.push({ from, to: isScalar(node) || node instanceof Alias ? to : from, message });
  };
  // One visitor sees every node: a second one for maps would keep maps from this one.
  visit(document, {
    Alias: (_, node) => add(node, `aliases (*${node.source}) are not supported: write the value out`),
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined)
        add(node, `anchors (&${node.anchor}) are not supported: write the value out`);
      if (node.tag !== undefined)
        add(node, `tags (${node.tag.replace(/^tag:yaml\.org,2002:/, '!!')}) are not supported`);
      if (isScalar(node) && Number.isInteger(node.value) && !Number.isSafeInteger(node.value))
        add(node, 'a number of so many digits would be rounded: a text of digits is written in quotes');
      if (!isMap(node)) return;
      const seen = new Set<unknown>();
      for (const { key } of node.items) {
        if (!isScalar(key)) add(key, 'a key must be a plain word');
        else if (key.value === '<<') add(key, 'merge keys (<<) are not supported: write the values out');
        else if (key.value === '__proto__') add(key, 'this key is not allowed');
        else if (seen.has(key.value)) add(key, 'this key stands here already');
        if (isScalar(key)) seen.add(key.value);
      }
    },
  });
  return found;
}
