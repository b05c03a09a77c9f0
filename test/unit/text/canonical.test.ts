import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical, digestOfData } from '../../../src/text/canonical.ts';

/** The same data, each map with its keys the other way round. */
function turned(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(turned);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data)
      .reverse()
      .map(([key, value]) => [key, turned(value)]),
  );
}

test('the order of keys is none, what is undefined is not there, and the data is all there', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      expect(canonical(turned(data))).toBe(canonical(data));
      expect(JSON.parse(canonical(data))).toEqual(JSON.parse(JSON.stringify(data)));
      expect(canonical({ data, more: undefined })).toBe(canonical({ data }));
    }),
  );
});

test('lists in another order are other data', () => {
  expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
  expect(digestOfData({ a: [1, 2] })).toMatch(/^[0-9a-f]{8}$/);
});
