/** Room for what is saved is looked at, and made, before the first byte of it is written. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { pruneCache } from '../../../src/kept/cache.ts';
import { inCache, makeRoom, mostToSave, requireFree } from '../../../src/kept/room.ts';
import type { Roots } from '../../../src/paths.ts';
import { partialHost } from '../../fakes/partial-host.ts';
import { planOfSize } from '../../fakes/plans.ts';

/** A disk of this size, on which only what is kept lies. */
const disk = vi.hoisted(() => ({ free: (): number => 0 }));
vi.mock('../../../src/observe/resources.ts', async (original) => ({
  ...(await original<object>()),
  readFreeSpace: async () => disk.free(),
}));

let directory: string;
let roots: Roots;
const host = localHost();
const mebibyte = 1024 ** 2;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-room-'));
  roots = { state: directory, run: join(directory, 'run'), cache: directory };
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Keeps a state that takes so many mebibytes and was used at that time. */
function keep(digit: string, size: number, used: number): string {
  const key = digit.repeat(64);
  const path = join(directory, 'states', key);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'vm1.memory'), Buffer.alloc(size * mebibyte, 1));
  const files = { 'vm1.memory': size * mebibyte };
  const note = { format: 1, lab: 'lab', key, created: '2026-01-01T00:00:00.000Z', files };
  writeFileSync(join(path, 'saved.json'), JSON.stringify(note));
  writeFileSync(join(path, 'used'), String(used));
  return path;
}

const there = () => host.list(join(directory, 'states')).then((names) => names.map((name) => name[0]));

/** @param whole mebibytes of the disk */
function diskOf(whole: number, sizes: Readonly<Record<string, number>>): void {
  disk.free = () => {
    const kept = Object.entries(sizes).filter(([digit]) => names().includes(digit));
    return (whole - kept.reduce((sum, [, size]) => sum + size, 0)) * mebibyte;
  };
}
const names = () => readdirSync(join(directory, 'states')).map((name) => name[0]);

test('a lab may take all its memory, and the disks as they are', async () => {
  const sized = partialHost({
    stat: async (path) => ({ size: path.endsWith('.qcow2') ? 7 * mebibyte : 0 }) as never,
  });
  const plan = planOfSize(2, true);
  const [guest] = plan.guests;
  expect(await mostToSave(plan, sized)).toBe(2 * ((guest?.memory ?? 0) + 256 + 7) * mebibyte);
});

describe('of what is kept', () => {
  beforeEach(() => {
    keep('a', 2, 1);
    keep('b', 2, 3);
    keep('c', 2, 2);
    diskOf(10, { a: 2, b: 2, c: 2 });
  });

  test('nothing goes where there is room', async () => {
    await makeRoom(4 * mebibyte, 'it', host, roots);
    expect(await there()).toEqual(['a', 'b', 'c']);
  });

  test('the least recently used goes, as much as it takes', async () => {
    await makeRoom(7 * mebibyte, 'it', host, roots);
    expect(await there()).toEqual(['b']);
  });

  test('nothing goes where all would not be enough, and the numbers are told', async () => {
    await expect(makeRoom(11 * mebibyte, 'the state', host, roots)).rejects.toMatchObject({
      code: 'host-cannot',
      message: `the state may take 11 MiB in ${directory}, and 4 MiB are free`,
    });
    expect(await there()).toEqual(['a', 'b', 'c']);
  });

  test('what alone is beyond the limit goes, and makes no other go', async () => {
    keep('d', 6, 9);
    const removed = await pruneCache(5 * mebibyte, host, roots);
    expect(removed.map(({ key }) => key[0])).toEqual(['d', 'a']);
    expect(await there()).toEqual(['b', 'c']);
  });
});

test('where room is only asked for, nothing goes', async () => {
  keep('a', 2, 1);
  diskOf(3, { a: 2 });
  await requireFree(mebibyte, 'a checkpoint', inCache(roots));
  await expect(requireFree(2 * mebibyte, 'a checkpoint', inCache(roots))).rejects.toMatchObject({
    code: 'host-cannot',
    hint: expect.stringContaining('sudo labnet cache prune --all'),
  });
  expect(await there()).toEqual(['a']);
});
