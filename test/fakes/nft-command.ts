/** nft(8) 1.0.6, as far as labnet uses it. */
import type { Output } from '../../src/host/host.ts';
import { done, refuses, says, unknown } from './answer.ts';
import type { NetworkNamespace } from './network-namespace.ts';

export function nftCommand(argv: readonly string[], stdin: string, namespace: NetworkNamespace): Output {
  const [, ...words] = argv;
  const line = words.join(' ');
  if (line === '--file -') return load(stdin, namespace);
  const [, command, table = ''] = /^(--stateless list|delete) table inet (\S+)$/.exec(line) ?? [];
  if (command === undefined) return unknown(argv);
  const text = namespace.tables.get(table);
  if (text === undefined) return refuses(1, 'Error: Could not process rule: No such file or directory');
  if (command !== 'delete') return says(text);
  namespace.tables.delete(table);
  return done;
}

/** One transaction: all of the text is taken, or nothing. */
function load(text: string, { tables }: NetworkNamespace): Output {
  const [whole, name = '', comment, again, body] =
    /^create table inet (\S+) \{ comment "([^"]*)"; \}\ntable inet (\S+) \{\n(.*)\n\}\n$/s.exec(text) ?? [];
  if (whole === undefined || again !== name || body === undefined)
    throw new Error(`not the rules of a lab: ${text}`);
  if (tables.has(name)) return refuses(1, 'Error: Could not process rule: File exists');
  tables.set(name, print(name, comment ?? '', body));
  return done;
}

/** nft prints what it was told with tabs, without the comments, the table's own comment first. */
export function print(name: string, comment: string, body: string): string {
  const lines = body
    .split('\n')
    .filter((line, index) => !/^\s*#/.test(line) && (line !== '' || index > 0))
    .map((line) => line.replace(/^ +/, (indent) => '\t'.repeat(indent.length / 2)));
  return `table inet ${name} {\n\tcomment "${comment}"\n${lines.join('\n')}\n}\n`;
}
