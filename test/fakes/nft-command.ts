/** nft(8) 1.0.6, as far as labnet uses it. */
import { createHash } from 'node:crypto';
import type { Output } from '../../src/host/host.ts';
import { done, refuses, says, unknown } from './answer.ts';
import type { NetworkNamespace } from './network-namespace.ts';

export function nftCommand(argv: readonly string[], stdin: string, namespace: NetworkNamespace): Output {
  const [, ...words] = argv;
  const line = words.join(' ');
  if (line === '--file -') return load(stdin, namespace);
  const [, command, table = ''] =
    /^(--stateless --handle list|delete) table ((?:ip|inet|netdev) \S+)$/.exec(line) ?? [];
  if (command === undefined) return unknown(argv);
  const text = namespace.tables.get(table);
  if (text === undefined) return noTable;
  if (command !== 'delete') return says(withHandles(text));
  namespace.tables.delete(table);
  return done;
}

/** Another rule has another handle, also in the place of one that was replaced. */
function withHandles(text: string): string {
  return text.replace(/^(?!\t*(?:comment|type|\}|$)).+$/gm, (line) => `${line} # handle ${handleOf(line)}`);
}

const handleOf = (line: string) => createHash('sha256').update(line).digest().readUInt32BE(0);

const noTable = refuses(1, 'Error: Could not process rule: No such file or directory');

/** One transaction: all of the text is taken, or nothing. */
function load(text: string, { tables, links }: NetworkNamespace): Output {
  const [whole, dropped, name = '', comment, again, body] =
    /^(?:delete table (\S+ \S+)\n)?create table (\S+ \S+) \{ comment "([^"]*)"; \}\ntable (\S+ \S+) \{\n(.*)\n\}\n$/s.exec(
      text,
    ) ?? [];
  if (whole === undefined || again !== name || body === undefined)
    throw new Error(`not the rules of a lab: ${text}`);
  if (dropped !== undefined && !tables.has(dropped)) return noTable;
  if (tables.has(name) && dropped !== name) return refuses(1, 'Error: Could not process rule: File exists');
  for (const [, device = ''] of body.matchAll(/device "([^"]+)"/g)) if (!links.has(device)) return noTable;
  tables.set(name, print(name, comment ?? '', body));
  return done;
}

/** nft prints what it was told with tabs, without the comments, the table's own comment first. */
export function print(name: string, comment: string, body: string): string {
  const lines = body
    .split('\n')
    .filter((line, index) => !/^\s*#/.test(line) && (line !== '' || index > 0))
    .map((line) => line.replace(/^ +/, (indent) => '\t'.repeat(indent.length / 2)));
  return `table ${name} {\n\tcomment "${comment}"\n${lines.join('\n')}\n}\n`;
}
