/** The table of all keys of lab.yaml, made from the schema, so that it cannot say anything else. */
import { labJsonSchema } from './schema.ts';

/** The parts of JSON Schema that the lab file's own uses. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
  readonly anyOf?: readonly Node[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Markdown. */
export function labReference(): string {
  const rows = rowsOf(labJsonSchema() as Node, '').map((cells) => `| ${cells.join(' | ')} |`);
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

type Row = readonly [key: string, value: string, fallback: string, meaning: string];

function rowsOf(node: Node, path: string): readonly Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]): readonly Row[] => {
    const key = `${path}${name}`;
    const inner = plain(child);
    const row: Row = [
      `\`${key}\``,
      kindOf(inner),
      fallbackOf(child),
      (child.description ?? inner.description ?? '').replaceAll('|', '\\|'),
    ];
    const listed = inner.items === undefined ? [] : rowsOf(plain(inner.items), `${key}[].`);
    const named =
      typeof inner.additionalProperties === 'object'
        ? rowsOf(plain(inner.additionalProperties), `${key}.NAME.`)
        : [];
    return [row, ...rowsOf(inner, `${key}.`), ...listed, ...named];
  });
}

/** A value that may also be null is described by what it is otherwise. */
function plain(node: Node): Node {
  const others = node.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  const [only] = others;
  if (others.length !== 1 || only === undefined) return node;
  const { anyOf, ...rest } = node;
  return { ...rest, ...only };
}

function kindOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(' or ');
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.anyOf !== undefined) return node.anyOf.map(kindOf).join(' or ');
  if (node.type === 'array')
    return node.items?.properties === undefined ? `list of ${kindOf(node.items ?? {})}` : 'list';
  if (node.type === 'integer') return `number from ${node.minimum} to ${node.maximum}`;
  if (node.type === 'boolean') return '`true` or `false`';
  if (node.type === 'object') return 'map';
  return node.type === undefined ? 'any' : 'text';
}

function fallbackOf({ default: value }: Node): string {
  if (value === undefined || /^\[?\{/.test(JSON.stringify(value))) return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
