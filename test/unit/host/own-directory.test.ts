import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { requireOwnDirectory } from '../../../src/host/own-directory.ts';
import { lockHost, openLab } from '../../../src/labs/lab-store.ts';

let base: string;
let path: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'labnet-own-'));
  chmodSync(base, 0o711);
  path = join(base, 'run');
});

afterEach(() => rmSync(base, { recursive: true }));

const make = (mode: number, uid = 0) => {
  mkdirSync(path);
  chmodSync(path, mode);
  chownSync(path, uid, uid);
};

describe('a directory is labnet’s own', () => {
  test.each([
    ['when it does not exist yet', () => {}],
    ['when nothing above it exists either', () => (path = join(base, 'a', 'b', 'c'))],
    ['when it is empty', () => make(0o755)],
    ['below a sticky one that all may write to, as /tmp', () => chmodSync(base, 0o1777)],
    [
      'when it has things in it, and is closed to looks',
      () => {
        make(0o711);
        writeFileSync(join(path, 'holder'), '');
      },
    ],
  ])('%s', async (_, prepare) => {
    prepare();
    await requireOwnDirectory(path, { swept: true });
  });
});

describe('a directory is refused', () => {
  test.each([
    ['that is a file', () => writeFileSync(path, ''), /is no directory/],
    ['of another user', () => make(0o711, 1000), /belongs to uid 1000/],
    ['of a sticky kind, as /tmp', () => make(0o1777), /written by others \(mode 1777\)/],
    ['that a group may write to', () => make(0o775), /written by others \(mode 0775\)/],
    [
      'with other things in it',
      () => {
        make(0o755);
        writeFileSync(join(path, 'x'), '');
      },
      /in use by others \(mode 0755, and not empty\)/,
    ],
    [
      'below one of another user',
      () => chownSync(base, 1000, 1000),
      /moved away by others: \S+ belongs to uid 1000/,
    ],
    [
      'below one that a group may write to',
      () => chmodSync(base, 0o775),
      /moved away by others: \S+ has mode 0775/,
    ],
    [
      'below a link to one of another user',
      () => {
        mkdirSync(join(base, 'other'));
        chownSync(join(base, 'other'), 1000, 1000);
        symlinkSync(join(base, 'other'), join(base, 'link'));
        path = join(base, 'link', 'run');
      },
      /moved away by others: \S+ belongs to uid 1000/,
    ],
    [
      'behind a link of another user',
      () => {
        mkdirSync(join(base, 'ours'));
        symlinkSync(join(base, 'ours'), join(base, 'link'));
        lchownSync(join(base, 'link'), 1000, 1000);
        path = join(base, 'link', 'run');
      },
      /led elsewhere by others: the link \S+link belongs to uid 1000/,
    ],
    [
      'behind a link into one of another user',
      () => {
        mkdirSync(join(base, 'other', 'own'), { recursive: true });
        chownSync(join(base, 'other'), 1000, 1000);
        symlinkSync(join(base, 'other', 'own'), join(base, 'link'));
        path = join(base, 'link', 'run');
      },
      /moved away by others: \S+other belongs to uid 1000/,
    ],
    ['that the VMs cannot reach', () => chmodSync(base, 0o700), /cannot be reached by the VMs.*0700/],
    [
      'below a file',
      () => {
        writeFileSync(path, '');
        path = join(path, 'x');
      },
      /run is no directory/,
    ],
  ])('%s', async (_, prepare, message) => {
    prepare();
    await expect(requireOwnDirectory(path, { swept: true })).rejects.toThrow(message);
  });
});

test('of the run directory a lock takes what killed runs have left, and no lab, whatever that is called', async () => {
  make(0o711);
  for (const name of ['tmp_-1-a', 'tmp-lab']) mkdirSync(join(path, name));
  const roots = { state: join(base, 'state'), run: path, cache: join(base, 'cache') };
  await (await lockHost('test', { host: localHost(), roots, wait: 0 })).release();
  expect(readdirSync(path)).toEqual(['tmp-lab']);
});

test('a cache that others may write to is none', async () => {
  const cache = join(base, 'cache');
  mkdirSync(cache);
  chmodSync(cache, 0o777);
  const roots = { state: join(base, 'state'), run: path, cache };
  await expect(lockHost('test', { host: localHost(), roots, wait: 0 })).rejects.toThrow('written by others');
});

test('somebody else’s directory is neither changed nor swept when labnet is told to work in it', async () => {
  make(0o755);
  mkdirSync(join(path, 'tmp_of-another-program'));
  const store = { host: localHost(), roots: { state: join(base, 'state'), run: path, cache: base }, wait: 0 };
  await expect(lockHost('test', store)).rejects.toThrow('in use by others');
  await expect(openLab('lab', 'test', store)).rejects.toThrow('in use by others');
  expect(existsSync(join(path, 'tmp_of-another-program'))).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o755);
  expect(existsSync(store.roots.state)).toBe(false);
});
