import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cpioArchive } from '../../../src/host/cpio.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-cpio-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

const entries = [
  { path: 'bin', mode: 0o755 },
  { path: 'bin/odd', mode: 0o755, content: Buffer.from('x') },
  { path: 'even', mode: 0o644, content: Buffer.from('four') },
  { path: 'empty', mode: 0o600, content: new Uint8Array() },
];

test('the header is as the kernel reads it', () => {
  const archive = Buffer.from(cpioArchive(entries));
  expect(archive.length % 4).toBe(0);
  expect(archive.toString('latin1', 0, 6)).toBe('070701');
  // c_mode and c_namesize of the first entry: a directory, "bin" and its zero.
  expect([archive.toString('latin1', 14, 22), archive.toString('latin1', 94, 102)]).toEqual([
    '000041ed',
    '00000004',
  ]);
  expect(archive.toString('latin1')).toContain('TRAILER!!!');
});

test('another program unpacks it to the same files', async () => {
  const file = join(directory, 'archive');
  writeFileSync(file, cpioArchive(entries));
  await execa('python3', ['-c', reader, file, directory]);
  expect(readFileSync(join(directory, 'odd'), 'utf8')).toBe('x');
  expect(readFileSync(join(directory, 'even'), 'utf8')).toBe('four');
  expect(readFileSync(join(directory, 'empty'), 'utf8')).toBe('');
});

/** cpio(5) "New ASCII Format", written down a second time. */
const reader = `
import os, sys
data, at = open(sys.argv[1], 'rb').read(), 0
while True:
    assert data[at:at + 6] == b'070701', at
    field = lambda n: int(data[at + 6 + 8 * n:at + 14 + 8 * n], 16)
    mode, size, length = field(1), field(6), field(11)
    name = data[at + 110:at + 110 + length - 1].decode()
    start = (at + 110 + length + 3) & ~3
    if name == 'TRAILER!!!': break
    if mode >> 12 == 8: open(os.path.join(sys.argv[2], os.path.basename(name)), 'wb').write(data[start:start + size])
    at = (start + size + 3) & ~3
`;
