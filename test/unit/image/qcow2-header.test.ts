import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabnetError } from '../../../src/errors.ts';
import { checkQcow2Header } from '../../../src/image/qcow2-header.ts';
import { type HeaderFields, qcow2Header } from './qcow2.ts';

const dataFileName = 0x44415441;
const featureTable = 0x6803f857;

describe('takes', () => {
  test.each<[string, HeaderFields, { virtualSize: number; version: number }]>([
    ['version 2', { version: 2 }, { virtualSize: 2 ** 30, version: 2 }],
    ['version 3', {}, { virtualSize: 2 ** 30, version: 3 }],
    ['the smallest clusters', { clusterBits: 9 }, { virtualSize: 2 ** 30, version: 3 }],
    ['the largest clusters', { clusterBits: 21 }, { virtualSize: 2 ** 30, version: 3 }],
    [
      'zstd and extended L2 entries',
      { incompatible: 24n, headerLength: 112 },
      { virtualSize: 2 ** 30, version: 3 },
    ],
    [
      'the table of feature names that qemu-img writes',
      { headerLength: 112, extensions: [{ type: featureTable, data: new Uint8Array(384) }] },
      { virtualSize: 2 ** 30, version: 3 },
    ],
  ])('%s', (_, fields, header) => {
    expect(checkQcow2Header(qcow2Header(fields))).toEqual(header);
  });
});

describe('refuses', () => {
  test.each<[string, HeaderFields, RegExp]>([
    ['another magic', { magic: 0x514649fa }, /does not begin as one/],
    ['version 1', { version: 1 }, /version 1/],
    ['version 4', { version: 4 }, /version is 4/],
    ['a backing file', { backingOffset: 512n, backingLength: 11 }, /backing file/],
    ['a backing file without a length', { backingOffset: 512n }, /backing file/],
    ['a backing file without a place', { backingLength: 11 }, /backing file/],
    ['a backing file in version 2', { version: 2, backingOffset: 512n, backingLength: 11 }, /backing file/],
    ['clusters too small', { clusterBits: 8 }, /2\^8/],
    ['clusters too large', { clusterBits: 22 }, /2\^22/],
    ['a disk of no bytes', { size: 0n }, /no byte/],
    ['a disk past all counting', { size: 2n ** 63n }, /bytes/],
    ['encryption', { crypt: 2 }, /encrypted/],
    ['an external data file', { incompatible: 4n }, /another file/],
    ['one left dirty', { incompatible: 1n }, /not closed properly/],
    ['a corrupt one', { incompatible: 2n }, /corrupt/],
    ['an unknown feature', { incompatible: 1n << 40n }, /0x10000000000/],
    [
      'a data file named in an extension',
      { extensions: [{ type: dataFileName, data: new Uint8Array(8) }] },
      /names a data file/,
    ],
    [
      'a data file behind another extension',
      {
        extensions: [
          { type: featureTable, data: new Uint8Array(13) },
          { type: dataFileName, data: new Uint8Array(8) },
        ],
      },
      /names a data file/,
    ],
    [
      'an extension longer than its cluster',
      { extensions: [{ type: featureTable, data: new Uint8Array(8), length: 0xffffffff }] },
      /first cluster/,
    ],
    [
      'the format of a backing file',
      { extensions: [{ type: 0xe2792aca, data: new TextEncoder().encode('raw') }] },
      /format of a backing file/,
    ],
    ['bitmaps', { extensions: [{ type: 0x23852875, data: new Uint8Array(24) }] }, /holds bitmaps/],
    ['a header of encryption', { extensions: [{ type: 0x0537be77, data: new Uint8Array(16) }] }, /encrypted/],
    [
      'an extension nobody knows',
      { extensions: [{ type: 0x12345678, data: new Uint8Array(8) }] },
      /0x12345678/,
    ],
    ['a giant L1 table', { l1Entries: 2 ** 22 + 1 }, /L1 table has 4194305 entries/],
    ['an L1 table off every cluster', { l1Offset: 65_537n }, /begin at byte 65537/],
    ['an L1 table beyond all files', { l1Offset: 2n ** 63n }, /begin at byte/],
    ['a refcount table off every cluster', { refcountOffset: 1n }, /begin at byte 1/],
    ['a disk beyond 16 TiB', { size: 17n * 2n ** 40n }, /labnet takes 17592186044416 at most \(16 TiB\)/],
    ['a giant refcount table', { refcountClusters: 129 }, /refcount table is of 8454144 bytes/],
    ['a refcount table of all numbers', { refcountClusters: 0xffffffff, clusterBits: 21 }, /refcount table/],
    ['one snapshot', { snapshots: 1 }, /holds snapshots/],
    ['very many snapshots', { snapshots: 0xffffffff }, /holds snapshots/],
    ['refcounts of too many bits', { refcountOrder: 7 }, /2\^7 bits/],
    ['a disk of more than 16 TiB', { size: 2n ** 44n + 1n }, /17592186044417 bytes/],
    ['a header too short to be one', { headerLength: 96 }, /96 bytes/],
    ['a header of an odd length', { headerLength: 107 }, /107 bytes/],
    ['a header longer than its cluster', { clusterBits: 9, headerLength: 1024 }, /first cluster/],
  ])('%s', (_, fields, reason) => {
    const refusal = () => checkQcow2Header(qcow2Header(fields));
    expect(refusal).toThrow(reason);
    expect(refusal).toThrow(expect.objectContaining({ code: 'host-cannot' }));
  });

  test.each([0, 1, 71])('a file of %i bytes', (length) => {
    expect(() => checkQcow2Header(qcow2Header().subarray(0, length))).toThrow(/too short/);
  });

  test('a version 3 file that ends after the fields of version 2', () => {
    expect(() => checkQcow2Header(qcow2Header().subarray(0, 103))).toThrow(/too short/);
  });
});

test('whatever the bytes: a header or a refusal, never another error', () => {
  const start = fc.constantFrom(
    new Uint8Array(),
    qcow2Header().subarray(0, 8),
    qcow2Header({ version: 2 }).subarray(0, 8),
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
      try {
        const { virtualSize } = checkQcow2Header(new Uint8Array([...head, ...tail]));
        expect(virtualSize).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(LabnetError);
      }
    }),
  );
});

test('any header that names a backing file is refused, whatever else it says', () => {
  fc.assert(
    fc.property(
      fc.bigInt(1n, 2n ** 64n - 1n),
      fc.nat(),
      fc.integer({ min: 2, max: 3 }),
      (backingOffset, backingLength, version) => {
        expect(() => checkQcow2Header(qcow2Header({ backingOffset, backingLength, version }))).toThrow(
          /backing file/,
        );
      },
    ),
  );
});
