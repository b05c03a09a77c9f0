/** What is stored is whole, and a BIOS boots it; what is not is refused at once with what is wrong. */
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBootable } from '../../../src/image/boot-code.ts';
import { importImage } from '../../../src/image/import.ts';
import { listImages } from '../../../src/image/store.ts';
import { bootSector, cluster, qcow2File } from './qcow2.ts';
import { type Workshop, workshop } from './workshop.ts';

let shop: Workshop;

beforeAll(async () => {
  shop = await workshop();
});
afterAll(() => shop.remove());

const importing = (file: string, format: 'qcow2' | 'raw' = 'qcow2') =>
  importImage(file, 'mine', { format }, shop.host, shop.roots);

const mebibyte = 1024 ** 2;

/** A partition of a table in an MBR. */
function entry(type: number, first: number, count: number): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt8(type, 4);
  bytes.writeUInt32LE(first, 8);
  bytes.writeUInt32LE(count, 12);
  return bytes;
}

/** A disk with a GPT, made by sfdisk; `code` is the boot code. */
function gptDisk(name: string, table: string, code: readonly number[] = []): string {
  const file = `${shop.base}/${name}`;
  writeFileSync(file, '');
  truncateSync(file, 32 * mebibyte);
  execFileSync('sfdisk', ['--quiet', file], { input: `label: gpt\n${table}` });
  const bytes = readFileSync(file);
  bytes.set(code);
  writeFileSync(file, bytes);
  return file;
}

describe('a qcow2 file', () => {
  test.each([
    ['in its data', 5 * cluster],
    ['in its tables', 4 * cluster],
  ])('that was cut off %s is refused, and nothing is stored', async (_, length) => {
    const file = await shop.file('cut.qcow2', qcow2File().subarray(0, length));
    await expect(importing(file)).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringContaining(`${file}: this is no image that labnet takes: it was cut off`),
      hint: expect.stringContaining(`sha512sum ${file}`),
    });
    expect(await listImages(shop.host, shop.roots)).toEqual([]);
    expect(await shop.host.list(shop.roots.cache)).toEqual([]);
  });

  test('of full length whose tables are zeros still, as of a download that goes on, is refused', async () => {
    const [raw, file] = [`${shop.base}/whole.raw`, `${shop.base}/holes.qcow2`];
    writeFileSync(raw, Buffer.alloc(20 * mebibyte, 'x'));
    execFileSync('qemu-img', ['convert', '-O', 'qcow2', raw, file]);
    const bytes = readFileSync(file);
    // The first entry of the L1 table (docs/interop/qcow2: its place is told at byte 40) leads to the L2 table of all data.
    const table = Number(bytes.readBigUInt64BE(Number(bytes.readBigUInt64BE(40))) & 0x00ff_ffff_ffff_fe00n);
    writeFileSync(file, bytes.fill(0, table, table + 65_536));
    await expect(importing(file)).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringMatching(
        /\d+ of its clusters belong to no table any more, as in a file that is not there whole/,
      ),
      hint: expect.stringContaining(`qemu-img check -r leaks ${file}`),
    });
    // The hint is no trap: the file is then what it says that it is.
    execFileSync('qemu-img', ['check', '-q', '-r', 'leaks', file]);
    await expect(importing(file)).rejects.toThrow(/cannot be booted|boot/);
  });

  test('that is compressed and damaged in its data is refused, though its tables are whole', async () => {
    const [raw, file] = [`${shop.base}/noise.raw`, `${shop.base}/compressed.qcow2`];
    const text = Array.from({ length: 200_000 }, (_, line) => `line ${line} of ${line * line}\n`).join('');
    writeFileSync(raw, text.padEnd(8 * mebibyte, '.'));
    execFileSync('qemu-img', ['convert', '-c', '-O', 'qcow2', raw, file]);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0, bytes.length - 20_000, bytes.length - 2_000));
    await expect(importing(file)).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringMatching(/error while reading|Input\/output error/i),
    });
  });

  test('whose tables are damaged is refused with what qemu-img says', async () => {
    const bytes = qcow2File();
    // The disk's first cluster is said to lie where the header does.
    new DataView(bytes.buffer).setBigUint64(4 * cluster, 2n ** 63n);
    bytes.set([0, 0, 0, 0, 0, 0, 0x12, 0x34], 3 * cluster);
    await expect(importing(await shop.file('bad.qcow2', bytes))).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringMatching(/qemu-img check says \(errors: \d+\): ERROR/),
    });
  });

  test('with a disk that no BIOS boots is refused', async () => {
    const file = await shop.file('empty.qcow2', qcow2File('', new Uint8Array(512)));
    await expect(importing(file)).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringContaining('it has no boot sector, so no BIOS boots it'),
    });
  });

  test('whose disk is shorter than its partition table says is refused', async () => {
    const table = entry(0x83, 2048, 8 * 1024 ** 2);
    const file = await shop.file('short.qcow2', qcow2File('', bootSector([446, table])));
    await expect(importing(file)).rejects.toThrow('and its partition table goes to byte 4296015872');
  });
});

describe('a raw disk', () => {
  test('that was cut off behind its partition table is refused, before it is copied', async () => {
    const file = gptDisk('gpt.raw', 'size=20M\n', [0xfa, 0xf4]);
    expect((await importing(file, 'raw')).virtualSize).toBe(32 * mebibyte);
    truncateSync(file, 12 * mebibyte);
    await expect(importing(file, 'raw')).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringMatching(
        /has 12582912 bytes, and its partition table goes to byte 2\d+: the end is missing/,
      ),
    });
  });

  test('that boots by EFI alone is told from one with no boot code at all', async () => {
    const efi = gptDisk('efi.raw', 'size=8M, type=U\nsize=8M\n');
    await expect(importing(efi, 'raw')).rejects.toMatchObject({
      message: expect.stringContaining('it boots by EFI alone'),
      hint: expect.stringContaining('sudo labnet image pull debian-12'),
    });
    const none = gptDisk('none.raw', 'size=8M\n');
    await expect(importing(none, 'raw')).rejects.toThrow('there is no boot code in its boot sector');
    const both = gptDisk('both.raw', 'size=8M, type=U\nsize=8M\n', [0xfa, 0xf4]);
    expect(await importing(both, 'raw')).toMatchObject({ name: 'mine' });
  });
});

test('any boot sector: refused by a LabnetError, or taken', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), fc.boolean(), fc.boolean(), (bytes, signed, gpt) => {
      if (gpt)
        bytes.set(
          new TextEncoder().encode('EFI PART').subarray(0, Math.max(0, bytes.length - 512)),
          Math.min(512, bytes.length),
        );
      if (signed && bytes.length >= 512) bytes.set([0x55, 0xaa], 510);
      if (gpt && bytes.length >= 512) bytes.set(entry(0xee, 1, 1), 446);
      try {
        checkBootable(bytes, bytes.length);
      } catch (error) {
        expect(error).toMatchObject({ name: 'LabnetError', code: 'host-cannot' });
      }
    }),
  );
});
