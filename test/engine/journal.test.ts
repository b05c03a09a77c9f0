import { describe, expect, test } from 'vitest';
import { inspectOne } from '../../src/engine/inspect.ts';
import { type Journal, openJournal } from '../../src/engine/journal.ts';
import { LabnetError } from '../../src/errors.ts';
import type { TextFileSpec } from '../../src/resource/text-file.ts';
import { textFile } from '../../src/resource/text-file.ts';
import type { FaultMode } from '../fakes/faults.ts';
import { newRun } from '../fakes/lab-run.ts';
import { World } from '../fakes/world.ts';

const path = '/lab/journal.jsonl';

function world(text?: string): World {
  const made = new World();
  made.files.makeDirectory('/lab', 0o755);
  if (text !== undefined) made.files.append(path, text);
  return made;
}

function spec(name: string): TextFileSpec {
  const id = `text-file:${name}`;
  return { kind: 'text-file', id, path: `/lab/${name}`, content: '', mode: 0o600, uid: 0, purpose: '' };
}

async function intend(journal: Journal, name: string, boot = 'boot-1', keepsPlace = false): Promise<void> {
  const one = spec(name);
  const entry = { id: one.id, boot, spec: one, removal: textFile.remove(one) };
  await journal.intend(entry, keepsPlace);
}

const open = (at: World) => openJournal(path, 'lab', newRun(at));
const ids = (journal: Journal) => journal.entries().map(({ id }) => id);

describe('a journal', () => {
  test('that does not exist is empty, and is not made by reading', async () => {
    const at = world();
    expect((await open(at)).entries()).toEqual([]);
    expect(at.files.stat(path)).toBeUndefined();
  });

  test('begins with a header that names format and lab, and is readable by root alone', async () => {
    const at = world();
    await intend(await open(at), 'a');
    const [header] = (at.files.read(path) ?? '').split('\n');
    expect(JSON.parse(header ?? '')).toEqual({ event: 'header', format: 1, lab: 'lab' });
    expect(at.files.stat(path)?.mode).toBe(0o600);
  });

  test('tells the next run all that undo needs', async () => {
    const at = world();
    const journal = await open(at);
    await intend(journal, 'a');
    await journal.done('text-file:a', { inode: 7 });
    const entry = (await open(at)).find('text-file:a');
    expect(entry).toEqual({
      id: 'text-file:a',
      boot: 'boot-1',
      spec: spec('a'),
      removal: [{ do: 'remove', path: '/lab/a' }],
      record: { inode: 7 },
    });
  });

  test('keeps the order of making; what is made again goes to the end, or keeps its place when told so', async () => {
    const at = world();
    const journal = await open(at);
    for (const name of ['a', 'b', 'c']) await intend(journal, name);
    await intend(journal, 'a');
    expect(ids(journal)).toEqual(['text-file:b', 'text-file:c', 'text-file:a']);
    expect(ids(await open(at))).toEqual(ids(journal));
    await intend(journal, 'b', 'boot-1', true);
    expect(ids(journal)).toEqual(['text-file:b', 'text-file:c', 'text-file:a']);
    expect(ids(await open(at))).toEqual(ids(journal));
  });

  test('forgets what is undone, and only that', async () => {
    const at = world();
    const journal = await open(at);
    for (const name of ['a', 'b']) await intend(journal, name);
    await journal.undone('text-file:a');
    await journal.undone('text-file:never');
    await journal.done('text-file:never', {});
    expect(ids(await open(at))).toEqual(['text-file:b']);
  });

  test('written side by side holds whole lines', async () => {
    const at = world();
    const journal = await open(at);
    const names = Array.from({ length: 20 }, (_, index) => `file-${index}`);
    await Promise.all(names.map((name) => intend(journal, name)));
    const lines = (at.files.read(path) ?? '').trimEnd().split('\n');
    expect(lines).toHaveLength(21);
    expect(ids(await open(at))).toHaveLength(20);
  });
});

describe('an intent without an end', () => {
  test('makes a half-made thing ours in the same boot', async () => {
    const at = world();
    const journal = await open(at);
    await intend(journal, 'a');
    expect(journal.find('text-file:a')?.record).toBeUndefined();
    at.files.write('/lab/a', '', 0o600);
    expect((await inspectOne(spec('a'), journal, newRun(at))).state).toBe('ours');
  });

  test('of which nothing is known makes it foreign', async () => {
    const at = world();
    at.files.write('/lab/a', '', 0o600);
    expect(await inspectOne(spec('a'), await open(at), newRun(at))).toEqual({
      state: 'foreign',
      evidence: 'text-file:a exists, and the journal does not know it',
    });
  });
});

/** A journal with one entry, as text. */
async function written(): Promise<string> {
  const at = world();
  const journal = await open(at);
  await intend(journal, 'a');
  await journal.done('text-file:a', {});
  return at.files.read(path) ?? '';
}

describe('a torn last line', () => {
  test('is left out, wherever it was cut', async () => {
    const text = await written();
    const lastLine = text.lastIndexOf('\n', text.length - 2) + 1;
    for (let end = lastLine; end < text.length; end += 1) {
      const journal = await open(world(text.slice(0, end)));
      expect(journal.find('text-file:a')?.record).toBeUndefined();
      expect(ids(journal)).toEqual(['text-file:a']);
    }
  });

  test('does not spoil the line after it, wherever it was cut', async () => {
    const text = await written();
    for (let end = 0; end < text.length; end += 1) {
      const at = world(text.slice(0, end));
      await intend(await open(at), 'b');
      const again = await open(at);
      expect(ids(again)).toContain('text-file:b');
      expect((at.files.read(path) ?? '').split('\n')[0]).toContain('"header"');
    }
  });

  test('is not touched by reading', async () => {
    const text = (await written()).slice(0, -5);
    const at = world(text);
    await open(at);
    expect(at.files.read(path)).toBe(text);
  });
});

describe('a line that cannot be written', () => {
  test.each(['before', 'after'] satisfies FaultMode[])('fails its own step alone (%s)', async (mode) => {
    const at = world();
    const journal = await openJournal(path, 'lab', newRun(at).failAt(2, mode));
    await intend(journal, 'a');
    await expect(intend(journal, 'b')).rejects.toThrow(/fault/);
    await intend(journal, 'c');
    await journal.undone('text-file:a');
    expect(ids(journal)).toEqual(['text-file:c']);
    expect(ids(await open(at))).toEqual(mode === 'before' ? ['text-file:c'] : ['text-file:b', 'text-file:c']);
  });
});

describe('a journal is refused, and nothing is changed,', () => {
  test.each([
    ['with a damaged line in the middle', 'garbage'],
    ['with a line of an unknown event', '{"event":"paint","id":"a"}'],
    [
      'with an intent that lacks its removal',
      '{"event":"intent","id":"a","boot":"b","spec":{"kind":"tap","id":"a"}}',
    ],
    ['with a line that is no object', '"done"'],
    ['with two lines run together', '{"event":"undone","id":"a"}{"event":"undone","id":"b"}'],
  ])('%s', async (_, line) => {
    const text = await written();
    const [header = '', ...rest] = text.split('\n');
    const at = world([header, line, ...rest].join('\n'));
    const before = at.snapshot();
    const error = await open(at).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(LabnetError);
    expect(error).toMatchObject({ code: 'failed', message: expect.stringContaining(`${path}:2`) });
    expect(at.snapshot()).toEqual(before);
  });

  test('with a damaged last line that is whole', async () => {
    await expect(open(world(`${await written()}garbage\n`))).rejects.toThrow(/cannot be read/);
  });

  test('of a newer format, whatever its lines are', async () => {
    const text = (await written()).replace('"format":1', '"format":2');
    const error = await open(world(`${text}{"event":"new thing"}\n`)).catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: 'failed',
      message: expect.stringContaining('newer labnet (format 2)'),
      hint: expect.stringContaining('that version'),
    });
  });
});
