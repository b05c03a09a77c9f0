/** The Debian package: the same bytes wherever it is made, what is in it, and that it runs from where it lies. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '');
const env = { SOURCE_DATE_EPOCH: '1700000000' };
let directory: string;
let deb: string;
let tree: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-packaged-'));
  tree = join(directory, 'tree');
  const { stdout } = await execa('node', ['packaging/deb.js', join(directory, 'one')], { cwd: root, env });
  deb = stdout;
  await execa('dpkg-deb', ['--raw-extract', deb, tree]);
});

afterAll(() => rmSync(directory, { recursive: true }));

/** One line a file: its mode, owner, and path. */
async function listed(): Promise<readonly string[]> {
  const { stdout } = await execa('dpkg-deb', ['--contents', deb]);
  return stdout.split('\n').map((line) => line.replace(/ +\d+ +[\d-]+ [\d:]+ /, ' '));
}

const inTree = (path: string) => readFileSync(join(tree, path), 'utf8');

test('it is named after its version', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(deb).toBe(join(directory, 'one', `labnet_${version}_all.deb`));
});

test('made in another directory, under another umask, from a checkout elsewhere, it has the same bytes', async () => {
  const elsewhere = join(directory, 'else', 'where');
  mkdirSync(elsewhere, { recursive: true });
  const script = 'mount --bind "$1" "$2" && cd / && umask 077 && exec node "$2/packaging/deb.js" "$3"';
  const other = join(directory, 'two');
  const argv = ['--mount', '--propagation', 'private', 'sh', '-ec', script, 'sh', root, elsewhere, other];
  const { stdout } = await execa('unshare', argv, { env });
  expect(stdout.startsWith(other)).toBe(true);
  expect(readFileSync(stdout).equals(readFileSync(deb))).toBe(true);
});

test('all is root’s, nobody else can write, and what is run can be', async () => {
  const lines = await listed();
  expect(lines.filter((line) => !/^(?:drwxr-xr-x|-rw[x-]r-[x-]r-[x-]) root\/root /.test(line))).toEqual([]);
  const programs = lines.filter((line) => line.startsWith('-rwx')).map((line) => line.split(' ').at(-1));
  expect(programs).toEqual(['./usr/bin/labnet', './usr/lib/labnet/dist/cli.js']);
});

test('it holds no source maps, no libraries beside the bundle, and no place of the machine that made it', async () => {
  expect((await listed()).filter((line) => /\.map$|node_modules|\.ts$/.test(line))).toEqual([]);
  const { exitCode, stdout } = await execa('grep', ['-rlF', '-e', root, '-e', directory, tree], {
    reject: false,
  });
  expect([stdout, exitCode]).toEqual(['', 1]);
});

test('lintian finds nothing wrong', async () => {
  const argv = ['--allow-root', '--fail-on', 'error,warning', '--tag-display-limit', '0', deb];
  const { stdout, exitCode } = await execa('lintian', argv, { reject: false });
  expect([stdout, exitCode]).toEqual(['', 0]);
});

test('AppArmor knows it by the path of the script that is executed', async () => {
  expect(inTree('usr/lib/labnet/apparmor')).toMatch(/^profile labnet \/usr\/bin\/labnet /m);
  expect((await listed()).find((line) => line.endsWith(' ./usr/bin/labnet'))).toMatch(/^-/);
  // Debian 12's AppArmor fails over it: it is no file of /etc.
  expect((await listed()).filter((line) => line.includes(' ./etc'))).toEqual([]);
});

test('its files are those that it says', async () => {
  const { stdout } = await execa('md5sum', ['--check', '--quiet', 'DEBIAN/md5sums'], { cwd: tree });
  expect(stdout).toBe('');
});

test('the program that is installed starts Debian’s own Node, and finds what it brings along', async () => {
  expect(inTree('usr/bin/labnet')).toBe('#!/bin/sh\nexec /usr/bin/node /usr/lib/labnet/dist/cli.js "$@"\n');
  const cli = join(tree, 'usr/lib/labnet/dist/cli.js');
  const labnet = async (...args: string[]) => (await execa('node', [cli, ...args])).stdout;
  expect(await labnet('--version')).toBe(/^Version: (.*)$/m.exec(inTree('DEBIAN/control'))?.[1]);
  expect(await labnet('init', '--list')).toContain('lab-sheet');
  expect(await labnet('complete', 'image', 'build', '')).toBe('debian-11\ndebian-12\ndebian-13');
});

test('each library in the bundle is named with its licence', () => {
  const text = inTree('usr/share/doc/labnet/copyright');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const [name, version] of Object.entries(dependencies))
    expect(text).toMatch(new RegExp(`^${name} ${version} \\((?:MIT|ISC|Apache-2.0|BSD-3-Clause)\\)$`, 'm'));
});

test('the service brings a lab up from its plan, and takes it down with its disks kept', () => {
  const service = inTree('usr/lib/systemd/system/labnet@.service');
  expect(service).toMatch(/^ExecStart=\/usr\/bin\/labnet provision --lab %i --yes --quiet --wait 600$/m);
  expect(service).toMatch(/^ExecStop=\/usr\/bin\/labnet destroy %i --keep-disks --yes --quiet --wait 600$/m);
  // Up, though a probe failed, is up.
  expect(service).toMatch(/^SuccessExitStatus=3$/m);
  // The VMs are not labnet's children to be killed with it.
  expect(service).toMatch(/^KillMode=process$/m);
});
