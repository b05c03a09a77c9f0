/**
 * The record that undo works from: one JSON line before each change (the intent, with all that undo needs) and one
 * after it, each on the disk before the next step. It is only ever appended to; reading folds it into what is open.
 */

import type { Action } from '../action/action.ts';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { type ResourceSpec, upgraded } from '../resource/index.ts';
import type { Facts } from '../resource/resource-type.ts';
import * as z from '../zod.ts';

/** The version of the journal's form, raised when an older labnet could not undo what a newer one wrote. */
const format = 1;

const lineSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('header'), format: z.number(), lab: z.string() }),
  z.object({
    event: z.literal('intent'),
    id: z.string(),
    boot: z.string(),
    // Kinds and actions may be another labnet's.
    spec: z.looseObject({ kind: z.string(), id: z.string() }),
    // Always {}: a labnet before 0.3 asks for it.
    remembered: z.looseObject({}).optional(),
    removal: z.array(z.looseObject({ do: z.string() })),
    keepsPlace: z.literal(true).optional(),
  }),
  z.object({ event: z.literal('done'), id: z.string(), record: z.record(z.string(), z.unknown()) }),
  z.object({ event: z.literal('undone'), id: z.string() }),
]);

/** One resource that labnet made, or began to make. */
export interface Entry {
  readonly id: string;
  /** The boot in which it was made: things of another boot are gone, but for files. */
  readonly boot: string;
  readonly spec: ResourceSpec;
  /** How to unmake it, as decided when it was made: a newer labnet still removes what this one made. */
  readonly removal: readonly Action[];
  /** What was seen of it after creation; undefined while only the intent is known. */
  readonly record: Facts | undefined;
}

/** The open journal of a lab: what is written is on the disk before it counts. */
export interface Journal {
  /** The entries in the order of making; `undoOrder` gives the order of unmaking. */
  entries(): readonly Entry[];
  find(id: string): Entry | undefined;
  /**
   * Notes that a resource is about to be made.
   *
   * @param keepsPlace whether it is made again among what still stands and hangs on it; otherwise it comes last, after
   *   what was made before it
   */
  intend(entry: Omit<Entry, 'record'>, keepsPlace?: boolean): Promise<void>;
  /** Notes that a resource is made, and what was seen of it. */
  done(id: string, record: Facts): Promise<void>;
  /** Notes that a resource is gone. */
  undone(id: string): Promise<void>;
}

/** Opens the journal of a lab; an absent file is an empty journal. @throws LabnetError when it cannot be read. */
export async function openJournal(path: string, lab: string, host: Host): Promise<Journal> {
  const text = await host.read(path);
  const entries = text === undefined ? new Map<string, Entry>() : fold(text, path);
  // A header that was cut short is cut off with the rest of its line, and written again.
  let begun = text?.includes('\n') === true;
  // False while the file may end in the middle of a line.
  let whole = text === undefined || text === '' || text.endsWith('\n');
  // One writer after another, so that lines of resources made side by side do not mix.
  let last: Promise<void> = Promise.resolve();

  const append = async (line: z.input<typeof lineSchema>) => {
    if (!whole) await cutTornLine(path, host);
    const header = begun ? '' : `${JSON.stringify({ event: 'header', format, lab })}\n`;
    whole = false;
    await host.append(path, `${header}${JSON.stringify(line)}\n`);
    [begun, whole] = [true, true];
  };
  const write = (line: z.input<typeof lineSchema>) => {
    // A line that could not be written stops its own step, not the lines of those that undo it.
    last = last.catch(() => {}).then(() => append(line));
    return last;
  };

  return {
    entries: () => [...entries.values()],
    find: (id) => entries.get(id),
    async intend(entry, keepsPlace = false) {
      const { id, boot, spec, removal } = entry;
      await write({
        event: 'intent',
        id,
        boot,
        spec: { ...spec },
        remembered: {},
        removal: removal.map((action) => ({ ...action })),
        ...(keepsPlace ? { keepsPlace } : {}),
      });
      if (!keepsPlace) entries.delete(id);
      entries.set(id, { ...entry, record: undefined });
    },
    async done(id, record) {
      await write({ event: 'done', id, record: { ...record } });
      const entry = entries.get(id);
      if (entry !== undefined) entries.set(id, { ...entry, record });
    },
    async undone(id) {
      await write({ event: 'undone', id });
      entries.delete(id);
    },
  };
}

/** Takes off what follows the last newline: the next line would otherwise run into it and make both unreadable. */
async function cutTornLine(path: string, host: Host): Promise<void> {
  const text = await host.read(path);
  if (text === undefined || text === '' || text.endsWith('\n')) return;
  await host.write(path, text.slice(0, text.lastIndexOf('\n') + 1), { mode: 0o600 });
}

/**
 * Folds the lines into the entries that are open. A last line that a crash cut short is left out: its step had not
 * begun, since each line is written before it.
 */
function fold(text: string, path: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  // What follows the last newline is either nothing or torn.
  for (const [index, written] of text.split('\n').slice(0, -1).entries()) {
    if (written === '') continue;
    const line = parseLine(written);
    if (line === undefined) {
      throw new LabnetError('failed', `${path}:${index + 1}: this line of the journal cannot be read`, {
        hint: 'nothing was changed; the lines name what labnet made, each with the actions that remove it',
      });
    }
    apply(line, entries, path);
  }
  return entries;
}

function apply(line: z.output<typeof lineSchema>, entries: Map<string, Entry>, path: string): void {
  switch (line.event) {
    case 'header':
      if (line.format > format) {
        throw new LabnetError('failed', `${path} was written by a newer labnet (format ${line.format})`, {
          hint: 'use that version to destroy the lab',
        });
      }
      return;
    case 'intent': {
      const { id, boot } = line;
      if (line.keepsPlace !== true) entries.delete(id);
      // The line was written by this module, or another labnet's: what it holds were actions when it was written.
      const [spec, removal] = [upgraded(line.spec), line.removal as unknown as Action[]];
      entries.set(id, { id, boot, spec, removal, record: undefined });
      return;
    }
    case 'done': {
      const entry = entries.get(line.id);
      if (entry !== undefined) entries.set(line.id, { ...entry, record: line.record });
      return;
    }
    case 'undone':
      entries.delete(line.id);
      return;
  }
}

function parseLine(text: string): z.output<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
