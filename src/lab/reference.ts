/** All keys of lab.yaml, made from the schema, so that README and manual cannot say anything else. */
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

/** One key of lab.yaml; words to type stand between backquotes. */
export interface LabKey {
  readonly key: string;
  readonly value: string;
  /** The default; empty where there is none. */
  readonly fallback: string;
  readonly meaning: string;
}

/** The table of all keys of lab.yaml, in Markdown. */
export function labReference(): string {
  const rows = labKeys().map(({ key, value, fallback, meaning }) =>
    [`\`${key}\``, value, fallback, meaning.replaceAll('|', '\\|')].join(' | '),
  );
  const lines = rows.map((row) => `| ${row} |`);
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** Every key of lab.yaml, in the order of the schema. */
export function labKeys(): readonly LabKey[] {
  return keysOf(labJsonSchema() as Node, '');
}

function keysOf(node: Node, path: string): readonly LabKey[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]): readonly LabKey[] => {
    const key = `${path}${name}`;
    const inner = plain(child);
    const own: LabKey = {
      key,
      value: kindOf(inner),
      fallback: fallbackOf(child),
      meaning: child.description ?? inner.description ?? '',
    };
    const listed = inner.items === undefined ? [] : keysOf(plain(inner.items), `${key}[].`);
    const named =
      typeof inner.additionalProperties === 'object'
        ? keysOf(plain(inner.additionalProperties), `${key}.NAME.`)
        : [];
    return [own, ...keysOf(inner, `${key}.`), ...listed, ...named];
  });
}

/** The schema of a value without null: one that may also be null is described by what it is otherwise. */
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
