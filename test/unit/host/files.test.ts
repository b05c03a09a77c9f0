/** What is on the disk when the power goes: at any moment of a write, and after it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as files from '../../../src/host/files.ts';

/** What files.ts has asked of the disk, in order. */
type Step =
  | { readonly do: 'create' | 'sync-directory'; readonly path: string }
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  | { readonly do: 'sync'; readonly path: string }
  | { readonly do: 'rename'; readonly path: string; readonly to: string };

const steps = vi.hoisted((): Step[] => []);

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open = async (path: string, flags: string, mode?: number): Promise<FileHandle> => {
    const before = await real.stat(path).catch(() => undefined);
    const isNew = before === undefined;
    const handle = await real.open(path, flags, mode);
    const [write, sync] = [handle.writeFile.bind(handle), handle.sync.bind(handle)];
    if (isNew) steps.push({ do: 'create', path });
    handle.writeFile = async (content) => {
      steps.push({ do: 'write', path, text: String(content) });
      return write(content);
    };
    handle.sync = async () => {
      steps.push({ do: before?.isDirectory() === true ? 'sync-directory' : 'sync', path });
      return sync();
    };
    return handle;
  };
  const rename = async (path: string, to: string) => {
    steps.push({ do: 'rename', path, to });
    return real.rename(path, to);
  };
  return { ...real, open, rename };
});

/**
 * Every text that a file may have after a power cut at the end of these steps: a name is certain once its directory has
 * been synced, and text once its file has been; what is not certain may be there or not (fsync(2)).
 */
function afterPowerCut(path: string, before: string | undefined, done: readonly Step[]) {
  const certain = new Map<string, string | undefined>([[path, before]]);
  const written = new Map<string, string>([[path, before ?? '']]);
  const synced = new Set<string>([path]);
  let names: (string | undefined)[] = [before === undefined ? undefined : path];
  for (const step of done) {
    if (step.do === 'create' && step.path === path) names.push(path);
    if (step.do === 'write') {
      written.set(step.path, (written.get(step.path) ?? '') + step.text);
      synced.delete(step.path);
    }
    if (step.do === 'sync') {
      synced.add(step.path);
      certain.set(step.path, written.get(step.path));
    }
    if (step.do === 'rename' && step.to === path) names.push(step.path);
    if (step.do === 'sync-directory' && step.path === dirname(path)) names = names.slice(-1);
  }
  return names.map((name) => {
    if (name === undefined) return undefined;
    return synced.has(name) ? certain.get(name) : `${certain.get(name) ?? ''}(torn)`;
  });
}

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-files-'));
  steps.length = 0;
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test.each([undefined, 'old'])(
  'a write is whole or not there at any moment, and there at its end (%s)',
  async (old) => {
    const path = join(directory, 'plan.json');
    if (old !== undefined) writeFileSync(path, old);
    await files.write(path, 'new', { mode: 0o600 });
    for (let count = 0; count <= steps.length; count += 1) {
      for (const text of afterPowerCut(path, old, steps.slice(0, count)))
        expect([old, 'new']).toContain(text);
    }
    expect(afterPowerCut(path, old, steps)).toEqual(['new']);
    expect(readFileSync(path, 'utf8')).toBe('new');
  },
);

test.each([undefined, 'a\n'])('a line that was appended is there at the end (after %j)', async (old) => {
  const path = join(directory, 'journal.jsonl');
  if (old !== undefined) writeFileSync(path, old);
  await files.append(path, 'b\n');
  expect(afterPowerCut(path, old, steps)).toEqual([`${old ?? ''}b\n`]);
});

test('what a program has written is synced, and then its name', async () => {
  const path = join(directory, 'key');
  writeFileSync(path, 'secret');
  steps.length = 0;
  await files.sync(path);
  expect(steps).toEqual([
    { do: 'sync', path },
    { do: 'sync-directory', path: directory },
  ]);
});

test('a write that fails leaves nothing beside what is there', async () => {
  mkdirSync(join(directory, 'plan.json'));
  await expect(files.write(join(directory, 'plan.json'), 'new', { mode: 0o600 })).rejects.toThrow('EISDIR');
  expect(readdirSync(directory)).toEqual(['plan.json']);
});

test('what a write has left that was killed goes with its file, and nothing else does', async () => {
  const path = join(directory, 'password');
  const others = ['password.txt', 'password.12345678.new.txt', 'other.12345678.new', 'password.1234.new'];
  for (const name of ['password', 'password.0123abcd.new', ...others])
    writeFileSync(join(directory, name), '');
  await files.remove(path);
  expect(readdirSync(directory).sort()).toEqual(others.sort());
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('parents are open to pass, also where a killed run has left one closed', async () => {
  const [state, labs] = [join(directory, 'state'), join(directory, 'state', 'labs')];
  mkdirSync(labs, { recursive: true, mode: 0o700 });
  await files.makeDirectory(join(labs, 'lab'), { mode: 0o700 });
  expect([labs, join(labs, 'lab')].map(modeOf)).toEqual(['711', '700']);
  // Not empty: somebody may have closed it on purpose.
  expect(modeOf(state)).toBe('700');
});
