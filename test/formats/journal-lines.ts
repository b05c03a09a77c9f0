/** A recorded journal, cut off where a test wants it, and what of it only the host that it stands on can tell. */
import type { StandInPlace } from '../stand-in/place.ts';

/** Of a line what is looked at here; the rest is kept as it is. */
interface Line {
  readonly event: string;
  readonly id?: string;
  readonly spec?: {
    readonly uuid?: string;
    readonly path?: string;
    readonly command?: { readonly uuid: string };
  };
  readonly record?: Readonly<Record<string, unknown>>;
}

/** All lines; or those up to the last intent for this id, which is then open: made, and not noted. */
export function linesUpTo(openIntent: string | undefined, journal: string): readonly Line[] {
  const lines = journal
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  if (openIntent === undefined) return lines;
  const isIntent = lines.map(({ event, id }) => event === 'intent' && id === openIntent);
  const last = isIntent.lastIndexOf(true);
  return lines.slice(0, last + 1);
}

/** Of the script that makes a lab the parts that these lines tell of. */
export function partOf(script: string, lines: readonly Line[]): string {
  const ids = new Set(lines.flatMap(({ event, id }) => (event === 'intent' ? [id] : [])));
  const [head, ...parts] = script.split(/^(?=## )/m);
  return [head, ...parts.filter((part) => ids.has(part.slice('## '.length, part.indexOf('\n'))))].join('');
}

/** The text of a journal with these lines, in which the processes and namespaces are those that stand there now. */
export async function journalOf(lines: readonly Line[], place: StandInPlace): Promise<string> {
  const specs = new Map(lines.flatMap(({ id, spec }) => (spec === undefined ? [] : [[id, spec] as const])));
  const texts = lines.map(async (line) => {
    const { uuid, path = '', command } = specs.get(line.id) ?? {};
    const now = await nowOf(line, { uuid: command?.uuid ?? uuid ?? '', path }, place);
    return `${JSON.stringify({ ...line, ...now })}\n`;
  });
  return (await Promise.all(texts)).join('');
}

async function nowOf(
  { record }: Line,
  { uuid, path }: { readonly uuid: string; readonly path: string },
  place: StandInPlace,
): Promise<Pick<Line, 'record'>> {
  if (record?.pid !== undefined) {
    // The oldest: a VM's console is kept by a child of its own, which names the VM too.
    const pid = await place.inHost('pgrep', '--oldest', '--full', '--', uuid);
    const stat = await place.inHost('cat', `/proc/${pid}/stat`);
    // The name, in parentheses, may hold blanks (proc(5)).
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return { record: { ...record, pid: Number(pid), startTime } };
  }
  // The canary's namespace has been unmade since.
  if (record?.inode === undefined || path.endsWith('/canary.ns')) return {};
  return { record: { ...record, inode: Number(await place.inHost('stat', '--format=%i', path)) } };
}
