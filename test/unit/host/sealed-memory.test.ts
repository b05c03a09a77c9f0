import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sealedMemory, sealedOnce } from '../../../src/host/sealed-memory.ts';

const size = 8 * 1024 ** 2;

let directory: string;
let source: string;
let memory: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-sealed-'));
  source = join(directory, 'source');
  writeFileSync(source, 'begin');
  truncateSync(source, size);
  memory = await sealedMemory(source);
});

afterEach(() => {
  closeSync(memory);
  rmSync(directory, { recursive: true, force: true });
});

const beginning = (of = memory) => {
  const buffer = Buffer.alloc(5);
  readSync(of, buffer, 0, 5, 0);
  return buffer.toString();
};

test('it is the file’s content, with its holes', () => {
  const { size: length, blocks } = fstatSync(memory);
  expect(beginning()).toBe('begin');
  expect(length).toBe(size);
  expect(blocks * 512).toBeLessThan(size / 4);
});

test('who opens it for writing can write nothing, and not change its length', () => {
  const open = openSync(`/proc/self/fd/${memory}`, 'r+');
  try {
    expect(() => writeSync(open, 'other', 0)).toThrow('EPERM');
    // A mapping that others see is refused; one of one's own is what a VM has.
    const python = (kind: string) =>
      execFileSync(
        'python3',
        ['-c', `import mmap; m = mmap.mmap(3, 4096, flags=mmap.${kind}); m[0:5] = b"other"; print(m[0:5])`],
        { stdio: ['ignore', 'pipe', 'pipe', open], encoding: 'utf8' },
      );
    expect(() => python('MAP_SHARED')).toThrow('PermissionError');
    expect(python('MAP_PRIVATE')).toContain('other');
    expect(() => truncateSync(`/proc/self/fd/${memory}`, 4)).toThrow('EPERM');
  } finally {
    closeSync(open);
  }
  expect(beginning()).toBe('begin');
});

test('a change of the file comes too late', () => {
  writeFileSync(source, 'later');
  expect(beginning()).toBe('begin');
});

test('a file that is not there is an error that names it', async () => {
  await expect(sealedMemory(join(directory, 'none'))).rejects.toThrow(/none.*No such file/);
});

test('two VMs at once share it; a file made anew at the same path is another', async () => {
  const [one, other] = await Promise.all([sealedOnce(source), sealedOnce(source)]);
  expect(other).toBe(one);
  writeFileSync(`${source}.new`, 'later');
  renameSync(`${source}.new`, source);
  const later = await sealedOnce(source);
  expect([beginning(one), beginning(later)]).toEqual(['begin', 'later']);
  for (const descriptor of [one, later]) closeSync(descriptor);
});

test('of a file that is not there nothing is kept', async () => {
  const late = join(directory, 'late');
  await expect(sealedOnce(late)).rejects.toThrow(/late.*No such file/);
  writeFileSync(late, 'begin');
  const memory = await sealedOnce(late);
  expect(beginning(memory)).toBe('begin');
  closeSync(memory);
});
