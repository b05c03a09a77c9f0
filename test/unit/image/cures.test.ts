/** What an image is made of that labnet does not take: the line to type that it is told with, typed. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabnetError } from '../../../src/errors.ts';
import { importImage } from '../../../src/image/import.ts';
import { bootSector } from './qcow2.ts';
import { type Workshop, workshop } from './workshop.ts';

let shop: Workshop;
const at = (name: string) => `${shop.base}/${name}`;
const qemuImg = (...argv: readonly string[]) => execFileSync('qemu-img', argv, { cwd: shop.base });

beforeAll(async () => {
  shop = await workshop();
  const disk = Buffer.alloc(1024 ** 2);
  disk.set(bootSector());
  await shop.file('disk.raw', disk);
  await shop.file('pw', 'abc');
});
afterAll(() => shop.remove());

const secret = ['--object', 'secret,id=s,file=pw'];
const made = (format: string, ...options: readonly string[]) => [
  'convert',
  ...options,
  '-f',
  'raw',
  '-O',
  format,
  'disk.raw',
];

/** Makes a file from disk.raw under a name with a blank and a comma in it. */
const kinds: Readonly<Record<string, (name: string) => unknown>> = {
  'of version 1 (qcow)': (name) => qemuImg(...made('qcow'), name),
  'a VMDK image': (name) => qemuImg(...made('vmdk'), name),
  'a VMDK description': (name) => qemuImg(...made('vmdk', '-o', 'subformat=monolithicFlat'), name),
  'a VDI image': (name) => qemuImg(...made('vdi'), name),
  'a VHDX image': (name) => qemuImg(...made('vhdx'), name),
  'a VHD image': (name) => qemuImg(...made('vpc', '-o', 'force_size=on'), name),
  'a QED image': (name) => qemuImg(...made('qed'), name),
  'a Parallels image': (name) => qemuImg(...made('parallels'), name),
  'a compressed file (gzip)': (name) => packed('gzip', name),
  'a compressed file (xz)': (name) => packed('xz', name),
  'a compressed file (zstd)': (name) => packed('zstd', name),
  'a compressed file (bzip2)': (name) => packed('bzip2', name),
  'in another file': (name) => qemuImg(...made('qcow2', '-o', 'data_file=data,data_file_raw=on'), name),
  'a backing file': (name) => {
    qemuImg(...made('qcow2'), 'base.qcow2');
    qemuImg('create', '-q', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', name);
  },
  snapshots: (name) => {
    qemuImg(...made('qcow2'), name);
    qemuImg('snapshot', '-c', 'one', name);
  },
  'it is encrypted': (name) =>
    encrypted(
      ...made('qcow2', ...secret, '-o', 'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10'),
      name,
    ),
  'an encrypted volume (LUKS)': (name) =>
    encrypted(...made('luks', ...secret, '-o', 'key-secret=s,iter-time=10'), name),
};

/**
 * qemu-img measures how fast it makes a key, and gives up when the kernel has counted no time for it yet, as on a busy PC (qemu's
 * crypto/pbkdf.c): then once more.
 */
function encrypted(...argv: readonly string[]): void {
  for (let tries = 1; ; tries += 1) {
    try {
      qemuImg(...argv);
      return;
    } catch (error) {
      if (tries === 20 || !String(error).includes('Unable to get accurate CPU usage')) throw error;
    }
  }
}

function packed(program: string, name: string): void {
  qemuImg(...made('qcow2'), 'plain.qcow2');
  writeFileSync(at(name), execFileSync(program, ['-c', at('plain.qcow2')]));
}

test.each(Object.keys(kinds))(
  '%s: what its refusal says to type makes an image that is taken',
  async (kind) => {
    const name = 'a, b.img';
    kinds[kind]?.(name);
    const importing = (file: string) => importImage(file, 'mine', {}, shop.host, shop.roots);
    const refusal: LabnetError = await importing(at(name)).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'host-cannot', message: expect.stringContaining(kind) });
    const lines = (refusal.hint ?? '').replaceAll('PASSWORD_FILE', 'pw').split('\n');
    const line = lines.find((one) => /^(?:qemu-img|gzip|xz|zstd|bzip2) /.test(one));
    execFileSync('bash', ['-c', line ?? 'false'], { cwd: shop.base });
    expect(lines.at(-1)).toBe(`sudo labnet image import '${at('a, b-new.qcow2')}' --name mine`);
    expect(await importing(at('a, b-new.qcow2'))).toMatchObject({ source: 'import', virtualSize: 1024 ** 2 });
  },
);

test.each([
  ['a CD', 'a CD or DVD (ISO 9660)', 32_769, 'CD001'],
  ['a tar archive', 'an archive (tar)', 257, 'ustar'],
  ['a zip archive', 'an archive (zip)', 0, 'PK\u0003\u0004'],
  ['a page of a server', 'a web page', 0, '<!DOCTYPE html>'],
  ['a page in small letters', 'a web page', 0, '<!doctype html>'],
])('%s is called what it is, in either format', async (_, name, offset, mark) => {
  const bytes = new Uint8Array(65_536);
  bytes.set(new TextEncoder().encode(mark), offset);
  const file = await shop.file('other', bytes);
  for (const format of ['qcow2', 'raw'] as const)
    await expect(importImage(file, 'mine', { format }, shop.host, shop.roots)).rejects.toThrow(
      `it is ${name}`,
    );
});

test('a CD within a qcow2 image is a CD', async () => {
  const bytes = new Uint8Array(65_536);
  bytes.set(bootSector());
  bytes.set(new TextEncoder().encode('CD001'), 32_769);
  const raw = await shop.file('cd.raw', bytes);
  const file = raw.replace(/raw$/, 'qcow2');
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, file]);
  await expect(importImage(file, 'mine', { format: 'qcow2' }, shop.host, shop.roots)).rejects.toThrow(
    'its disk is a CD or DVD (ISO 9660)',
  );
});

test('a CD that a BIOS boots, as most are, is none the less a CD', async () => {
  const bytes = new Uint8Array(65_536);
  bytes.set(bootSector());
  bytes.set(new TextEncoder().encode('CD001'), 32_769);
  const file = await shop.file('hybrid.iso', bytes);
  for (const format of ['qcow2', 'raw'] as const)
    await expect(importImage(file, 'mine', { format }, shop.host, shop.roots)).rejects.toThrow('ISO 9660');
});
