/** What labnet writes outside its own directories is the user's, and is written with the user's rights. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { usersFiles } from '../../../src/runs/users-files.ts';

let directory: string;
let home: string;
let secret: string;

const [user, group] = [123_456, 65_534];
const host = localHost();
const bySudo = () => usersFiles({ host, uid: 0, env: { SUDO_UID: String(user), SUDO_GID: String(group) } });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-users-'));
  chmodSync(directory, 0o755);
  home = join(directory, 'home');
  mkdirSync(home, { mode: 0o755 });
  chownSync(home, user, group);
  secret = join(directory, 'secret');
  writeFileSync(secret, 'of root', { mode: 0o600 });
});

afterEach(() => rmSync(directory, { recursive: true }));

const ownedBy = (path: string) => {
  const { uid, gid, mode } = statSync(path);
  return [uid, gid, (mode & 0o7777).toString(8)];
};

test('behind sudo everything is the user’s, parents too, with the usual modes', async () => {
  const files = await bySudo();
  await files.makeDirectory(join(home, 'a', 'b'));
  for (const path of ['a', 'a/b']) expect(ownedBy(join(home, path))).toEqual([user, group, '755']);
  await files.write(join(home, 'a', 'text'), 'näme\n');
  expect(ownedBy(join(home, 'a', 'text'))).toEqual([user, group, '644']);
  expect(readFileSync(join(home, 'a', 'text'), 'utf8')).toBe('näme\n');
  const staged = join(directory, 'staged');
  writeFileSync(staged, Buffer.concat([Buffer.from('begin'), Buffer.alloc(8 << 20), Buffer.from('end')]));
  chmodSync(staged, 0o600);
  chownSync(staged, user, group);
  const copy = join(home, 'a', 'b', 'disk');
  await files.copy(staged, copy, {});
  expect(ownedBy(copy)).toEqual([user, group, '644']);
  expect(readFileSync(copy).equals(readFileSync(staged))).toBe(true);
  expect(statSync(copy).blocks * 512).toBeLessThan(1 << 20);
  await files.remove(copy);
  await files.removeEmptyDirectory(join(home, 'a', 'b'));
  await files.removeEmptyDirectory(join(home, 'a'));
  expect(readdirSync(home, { recursive: true })).toEqual(['a', 'a/text']);
});

test('as root itself it is root’s', async () => {
  const files = await usersFiles({ host, uid: 0, env: {} });
  await files.makeDirectory(join(home, 'a'));
  await files.write(join(home, 'a', 'text'), 'x');
  expect([ownedBy(join(home, 'a')), ownedBy(join(home, 'a', 'text'))]).toEqual([
    [0, 0, '755'],
    [0, 0, '644'],
  ]);
});

describe('a link in the way', () => {
  test('is not written through, nor is what it leads to changed', async () => {
    const before = lstatSync(secret);
    for (const files of [await bySudo(), await usersFiles({ host, uid: 0, env: {} })]) {
      const link = join(home, 'lab.yaml');
      symlinkSync(secret, link);
      await expect(files.write(link, 'x')).rejects.toThrow('File exists');
      await expect(files.copy('/etc/hostname', link, {})).rejects.toThrow('File exists');
      await files.remove(link);
    }
    expect(readFileSync(secret, 'utf8')).toBe('of root');
    expect(lstatSync(secret)).toMatchObject({ mode: before.mode, uid: 0, ctimeMs: before.ctimeMs });
  });

  test('leads no further than the user could go', async () => {
    const inside = join(directory, 'inside');
    mkdirSync(inside, { mode: 0o755 });
    symlinkSync(inside, join(home, 'out'));
    const files = await bySudo();
    await files.makeDirectory(join(home, 'out'));
    const refused = files.write(join(home, 'out', 'file'), 'x');
    await expect(refused).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('Permission denied'),
      hint: expect.stringContaining('your own rights'),
    });
    expect(readdirSync(inside)).toEqual([]);
  });
});

test('sudo labnet init leaves a file that the user can edit', async () => {
  const env = { SUDO_UID: String(user), SUDO_GID: String(group) };
  const { exitCode, stderr } = await execa('node', [inject('cli'), 'init'], {
    cwd: home,
    env,
    reject: false,
  });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(ownedBy(join(home, 'lab.yaml'))).toEqual([user, group, '644']);
});
