import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as files from '../../../src/host/files.ts';
import { customise, guestFiles } from '../../../src/image-build/guest-files.ts';
import { partialHost } from '../../fakes/partial-host.ts';
import { recipe } from './sample-recipe.ts';

const host = partialHost(files);
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'labnet-root-'));
  for (const directory of [
    'etc/ssh',
    'etc/apt/apt.conf.d',
    'etc/cloud/cloud.cfg.d',
    'boot',
    'var/lib/dbus',
  ]) {
    await mkdir(join(root, directory), { recursive: true });
  }
});

afterEach(() => rm(root, { recursive: true }));

test('removes what is this host’s own and what no two VMs may share', async () => {
  const strays = [
    'etc/resolv.conf',
    'etc/ssh/ssh_host_rsa_key',
    'etc/ssh/ssh_host_ed25519_key.pub',
    'etc/apt/apt.conf.d/99mmdebstrap',
    'var/lib/dbus/machine-id',
  ];
  for (const stray of [...strays, 'etc/ssh/sshd_config']) await writeFile(join(root, stray), 'x');
  await writeFile(join(root, 'etc/machine-id'), 'abc\n');
  await customise(root, recipe, host);
  for (const stray of strays) await expect(stat(join(root, stray))).rejects.toThrow('ENOENT');
  expect(await readFile(join(root, 'etc/ssh/sshd_config'), 'utf8')).toBe('x');
  expect(await readFile(join(root, 'etc/machine-id'), 'utf8')).toBe('');
});

test('writes every file, readable by all', async () => {
  await customise(root, recipe, host);
  for (const [path, content] of Object.entries(guestFiles(recipe))) {
    expect(await readFile(join(root, path), 'utf8')).toBe(content);
    expect((await stat(join(root, path))).mode & 0o777).toBe(0o644);
  }
  expect((await stat(join(root, 'etc/network/interfaces.d'))).isDirectory()).toBe(true);
});

test('the boot loader gets the recipe’s kernel arguments', () => {
  expect(guestFiles(recipe)['boot/grub/grub.cfg']).toContain(
    'linux /vmlinuz root=LABEL=root ro net.ifnames=0 console=ttyS0,115200\n',
  );
});

test('cloud-init reads only the seed and writes for ifupdown', () => {
  expect(parse(guestFiles(recipe)['etc/cloud/cloud.cfg.d/91_labnet.cfg'] ?? '')).toEqual({
    datasource_list: ['NoCloud', 'None'],
    locale: 'C.UTF-8',
    system_info: { network: { renderers: ['eni'] } },
  });
});
