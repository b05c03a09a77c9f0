/** Files made to do harm: what is refused is refused before any qemu tool has seen it; what is taken leads nowhere else. */
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LabnetError } from '../../../src/errors.ts';
import { distrusting, imageUid, unprivileged } from '../../../src/host/unprivileged.ts';
import { importImage } from '../../../src/image/import.ts';
import { checkQcow2Header } from '../../../src/image/qcow2-header.ts';
import { findImage } from '../../../src/image/store.ts';
import { recorder } from '../../setup/recorder.ts';
import { type HeaderFields, qcow2Header } from './qcow2.ts';
import { type Workshop, workshop } from './workshop.ts';

let shop: Workshop;
let record: ReturnType<typeof recorder>;

beforeAll(async () => {
  shop = await workshop();
  record = recorder(shop.base, ['qemu-img']);
  process.env.LABNET_PATH = record.path;
});

afterAll(() => {
  Reflect.deleteProperty(process.env, 'LABNET_PATH');
  return shop.remove();
});

const importing = (file: string, format: 'qcow2' | 'raw') =>
  importImage(file, 'hostile', { format }, shop.host, shop.roots);

const text = (words: string) => new TextEncoder().encode(words);

/** A header with bytes put into it. */
function withBytes(
  fields: HeaderFields,
  ...put: readonly (readonly [offset: number, bytes: Uint8Array])[]
): Uint8Array {
  const file = new Uint8Array(65_536);
  file.set(qcow2Header(fields));
  for (const [offset, bytes] of put) file.set(bytes, offset);
  return file;
}

const naming = (name: string, offset = 1024) =>
  withBytes({ backingOffset: BigInt(offset), backingLength: name.length }, [offset, text(name)]);

const corpus: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(),
  'the magic alone': qcow2Header().subarray(0, 4),
  'half a header': qcow2Header().subarray(0, 50),
  'a backing file of the host': naming('/etc/shadow'),
  'a backing file beside it': naming('../../etc/shadow'),
  'a backing file in JSON': naming('json:{"driver":"raw","file":{"driver":"file","filename":"/etc/shadow"}}'),
  'a backing file over the network': naming('nbd://198.51.100.1/x'),
  'a backing file over ssh': naming('ssh://root@198.51.100.1/x'),
  'a backing file by a protocol': naming('fat:rw:/etc'),
  'a backing name of no length': withBytes({ backingOffset: 777n }),
  'a backing name without a place': withBytes({ backingLength: 11 }),
  'a backing name over the header': naming('/etc/shadow', 8),
  'a data file': withBytes({
    incompatible: 4n,
    extensions: [{ type: 0x44415441, data: text('/etc/shadow') }],
  }),
  'a data file by its name alone': withBytes({
    extensions: [{ type: 0x44415441, data: text('/etc/shadow') }],
  }),
  'a data file that anyone reads raw': withBytes({ incompatible: 4n }, [
    88,
    new Uint8Array([0, 0, 0, 0, 0, 0, 0, 2]),
  ]),
  'a backing format': withBytes({ extensions: [{ type: 0xe2792aca, data: text('raw') }] }),
  bitmaps: withBytes({ extensions: [{ type: 0x23852875, data: new Uint8Array(24).fill(255) }] }),
  encryption: withBytes({ crypt: 1 }),
  'encryption by LUKS': withBytes({ crypt: 2 }),
  'all features': withBytes({ incompatible: 2n ** 64n - 1n }),
  'one unknown feature': withBytes({ incompatible: 32n }),
  'a giant L1 table': withBytes({ l1Entries: 0xffffffff }),
  'a giant disk': withBytes({ size: 2n ** 63n - 1n }),
  'a giant refcount table': withBytes({ refcountClusters: 0xffffffff }),
  'giant refcounts': withBytes({ refcountOrder: 0xffffffff }),
  'very many snapshots': withBytes({ snapshots: 0xffffffff }),
  'no clusters': withBytes({ clusterBits: 0 }),
  'clusters past all counting': withBytes({ clusterBits: 0xffffffff }),
  'an extension without end': withBytes({
    extensions: [{ type: 0x6803f857, data: new Uint8Array(8), length: 0xfffffff8 }],
  }),
  'an endless header': withBytes({ headerLength: 0xfffffff8 }),
  'a tar archive with an image in it': withBytes({ magic: 0x2e2f7465 }, [512, qcow2Header()]),
  'an image behind its first byte': new Uint8Array([0, ...qcow2Header()]),
  'a CD that is also an image with a backing file': withBytes(
    { backingOffset: 1024n, backingLength: 11 },
    [1024, text('/etc/shadow')],
    [32_769, text('CD001')],
  ),
  'a disk with an MBR that is also an image with a backing file': withBytes(
    { backingOffset: 1024n, backingLength: 11 },
    [510, new Uint8Array([0x55, 0xaa])],
    [1024, text('/etc/shadow')],
  ),
  'a VMDK description that names a file': text(
    '# Disk DescriptorFile\nversion=1\nRW 2048 FLAT "/etc/shadow" 0\n',
  ),
};

describe('as qcow2', () => {
  test.each(Object.entries(corpus))('%s is refused, and no qemu tool has run', async (_, bytes) => {
    const file = await shop.file('hostile', bytes);
    const before = record.starts().length;
    await expect(importing(file, 'qcow2')).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringContaining(file),
    });
    expect(record.starts()).toHaveLength(before);
  });

  test('a file of a terabyte is refused by its first bytes', async () => {
    const file = await shop.file('huge', naming('/etc/shadow'));
    truncateSync(file, 2 ** 40);
    const started = performance.now();
    await expect(importing(file, 'qcow2')).rejects.toThrow('backing file');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test.each(['qcow', 'qed', 'vmdk', 'vhdx', 'vpc', 'vdi', 'parallels'])('%s is named', async (format) => {
    const file = `${shop.base}/x.${format}`;
    execFileSync('/usr/bin/qemu-img', ['create', '-q', '-f', format, file, '1M']);
    const before = record.starts().length;
    await expect(importing(file, 'qcow2')).rejects.toMatchObject({
      hint: expect.stringContaining(
        `qemu-img convert -f ${format} -O qcow2 ${file} ${shop.base}/x-new.qcow2\n`,
      ),
    });
    expect(record.starts()).toHaveLength(before);
  });
});

describe('as a raw disk, a file that begins as another format', () => {
  const kinds = /^a (?:backing file of the host|data file|disk with an MBR)/;
  const shapes = Object.entries(corpus).filter(([name]) => kinds.test(name));

  test.each([['an image', withBytes({})] as const, ...shapes])(
    '%s: is never looked into, is stored byte for byte, and is told of',
    async (_, unsigned) => {
      // The mark of a boot sector: what a BIOS does not boot is no disk for labnet.
      const bytes = unsigned.slice();
      bytes.set([0x55, 0xaa], 510);
      const file = await shop.file('hostile.raw', bytes);
      const { path, notes } = await importing(file, 'raw');
      const formats = record.starts().map(({ argv }) => argv.slice(0, 3).join(' '));
      expect(formats).toEqual(expect.arrayContaining(['convert -f raw', 'check -f qcow2', 'dd -f qcow2']));
      expect(new Set(formats).size).toBe(3);
      expect(checkQcow2Header(readFileSync(path)).virtualSize).toBe(bytes.length);
      const back = `${shop.base}/back`;
      execFileSync('/usr/bin/qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path, back]);
      expect(readFileSync(back).equals(bytes)).toBe(true);
      const isImage = bytes[0] === 0x51;
      expect(notes.some((note) => note.startsWith('begins as a'))).toBe(isImage);
    },
  );

  test('qemu-img runs without any right for it, and within bounds', () => {
    const starts = record.starts();
    expect(starts.length).toBeGreaterThan(5);
    for (const { rights } of starts) {
      expect(rights.Uid?.split(/\s+/)).toEqual(Array(4).fill(String(imageUid)));
      expect([rights.Groups, rights.CapEff, rights.CapBnd, rights.NoNewPrivs]).toEqual([
        '',
        '0000000000000000',
        '0000000000000000',
        '1',
      ]);
    }
  });
});

test('nothing of all this is left in the store but what was taken', async () => {
  expect(await findImage('hostile', shop.host, shop.roots)).toMatchObject({ source: 'import' });
  expect(await shop.host.list(shop.roots.cache)).toEqual([]);
});

test('of a changed header QEMU reads no other file than labnet does: none', { timeout: 120_000 }, () => {
  const file = `${shop.base}/mutant`;
  execFileSync('/usr/bin/qemu-img', ['create', '-q', '-f', 'qcow2', file, '1G']);
  const original = new Uint8Array(readFileSync(file));
  const change = fc.tuple(fc.nat(130), fc.constantFrom(0, 1, 2, 4, 8, 127, 128, 255));
  let taken = 0;
  const shown = fc.sample(fc.array(change, { minLength: 1, maxLength: 3 }), {
    numRuns: 400,
    seed: 20_261_125,
  });
  for (const changes of shown) {
    const bytes = original.slice();
    for (const [at, value] of changes) bytes[at] = value;
    try {
      checkQcow2Header(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(LabnetError);
      continue;
    }
    taken += 1;
    if (taken > 40) continue;
    writeFileSync(file, bytes);
    const info = infoOf(file);
    expect(info, JSON.stringify(changes)).not.toMatch(
      /"(?:full-)?backing-filename"|"data-file"|"encrypted": true|"snapshots"/,
    );
  }
  expect(taken).toBeGreaterThan(40);
});

function infoOf(file: string): string {
  const argv = unprivileged(
    imageUid,
    distrusting(['/usr/bin/qemu-img', 'info', '--output=json', '-f', 'qcow2', file]),
  );
  try {
    return execFileSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    // It may refuse it as well, but must not be killed by a signal.
    expect(error).toMatchObject({ status: 1 });
    return '';
  }
}
