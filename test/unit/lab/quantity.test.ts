import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDisk, formatSize, meantSizes, parseMemory, parseSize } from '../../../src/lab/quantity.ts';

const units = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

test.each([
  ['512M', 512 * 1024 ** 2],
  ['1G', 1024 ** 3],
  ['10G', 10 * 1024 ** 3],
  ['2T', 2 * 1024 ** 4],
] as const)('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

test.each([
  ['64M', 64],
  ['2G', 2048],
  ['1T', 1024 ** 2],
] as const)('%s of memory', (text, mebibytes) => expect(parseMemory(text)).toBe(mebibytes));

test.each([
  '',
  '512',
  'M',
  '0M',
  '-1G',
  '1.5G',
  '01G',
  '10g',
  '10GB',
  '10 G',
  '1e3M',
  '10G ',
  '10G\n',
  '12345678M',
  '٣M',
])('%j is no size', (text) => expect([parseSize(text), parseMemory(text)]).toEqual([undefined, undefined]));

test.each([
  [10 * 1024 ** 3, '10 GiB'],
  [1.5 * 1024 ** 3, '1.5 GiB'],
  [512 * 1024 ** 2, '512 MiB'],
  [2 * 1024 ** 4, '2 TiB'],
  [0, '0 MiB'],
] as const)('%d bytes are %s', (bytes, text) => expect(formatDisk(bytes)).toBe(text));

test.each([
  [2048, ['2048M', '2048G']],
  ['2048', ['2048M', '2048G']],
  ['2GB', ['2G']],
  ['2 GiB', ['2G']],
  ['512m', ['512M']],
  ['1.5G', ['1536M']],
  ['0.5T', ['512G']],
  ['2048K', ['2M']],
  ['1000K', []],
  ['0G', []],
  [1.5, []],
  [-1, []],
  ['much', []],
  [null, []],
  [{}, []],
] as const)('%j may have been meant as %j', (written, meant) => {
  expect(meantSizes(written, ['M', 'G'])).toEqual(meant);
});

test('a size is formatted as lab files have it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 22 }), (mebibytes) => {
      expect(parseMemory(formatSize(mebibytes))).toBe(mebibytes);
    }),
  );
  expect([64, 2048, 1536, 2 ** 20].map(formatSize)).toEqual(['64M', '2G', '1536M', '1T']);
});

test('a size in the unit it is shown in comes back as written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1023 }), fc.constantFrom('M', 'G', 'T'), (count, unit) => {
      const bytes = parseSize(`${count}${unit}`) ?? 0;
      expect(bytes).toBe(count * units[unit]);
      expect(formatDisk(bytes)).toBe(`${count} ${unit}iB`);
    }),
  );
});
