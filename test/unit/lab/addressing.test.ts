import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contains,
  hostAddresses,
  isAddress,
  isForComputers,
  overlaps,
  parseSubnet,
  subnetOf,
  toAddress,
  toNumber,
} from '../../../src/lab/addressing.ts';

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(toAddress);
const prefix = fc.integer({ min: 8, max: 30 });

test.each(['0.0.0.0', '192.168.6.10', '255.255.255.255', '10.0.0.1'])('%s is an address', (text) => {
  expect(isAddress(text)).toBe(true);
});

test.each([
  '',
  'auto',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '192.168.06.1',
  '010.0.0.1',
  '0x7f.0.0.1',
  '3232237057',
  '1.2.3.4 ',
  ' 1.2.3.4',
  '1.2.3.4/24',
  '1.2.3.-4',
  '1.2.3.4\n',
  '::1',
  '١.2.3.4',
])('%j is none', (text) => {
  expect(isAddress(text)).toBe(false);
});

test.each(['1.0.0.1', '126.255.255.255', '128.0.0.1', '192.168.6.10', '169.253.0.1', '223.255.255.254'])(
  'a computer may have %s',
  (text) => expect(isForComputers(text)).toBe(true),
);

test.each(['0.0.0.1', '127.0.0.53', '169.254.1.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'])(
  'no computer may have %s',
  (text) => expect(isForComputers(text)).toBe(false),
);

test('the lab sheet’s subnet', () => {
  expect(subnetOf('192.168.6.10', 24)).toBe('192.168.6.0/24');
  expect([...hostAddresses('192.168.6.8/29', new Set(['192.168.6.10']))]).toEqual([
    '192.168.6.9',
    '192.168.6.11',
    '192.168.6.12',
    '192.168.6.13',
    '192.168.6.14',
  ]);
});

describe('any subnet', () => {
  test('an address is the number it came from', () => {
    fc.assert(fc.property(address, (text) => toAddress(toNumber(text)) === text && isAddress(text)));
  });

  test('it begins at a multiple of its size, and holds its address', () => {
    fc.assert(
      fc.property(address, prefix, (text, bits) => {
        const { network, last } = parseSubnet(`${text}/${bits}`);
        const size = 2 ** (32 - bits);
        expect(network % size).toBe(0);
        expect(last - network + 1).toBe(size);
        expect(subnetOf(text, bits)).toBe(`${toAddress(network)}/${bits}`);
        expect(contains(`${text}/${bits}`, text)).toBe(true);
      }),
    );
  });

  test('its first and last address lie in it, their neighbours do not', () => {
    fc.assert(
      fc.property(address, prefix, (text, bits) => {
        const cidr = `${text}/${bits}`;
        const { network, last } = parseSubnet(cidr);
        expect([network, last].map((value) => contains(cidr, toAddress(value)))).toEqual([true, true]);
        const outside = [network - 1, last + 1].filter((value) => value >= 0 && value < 2 ** 32);
        expect(outside.filter((value) => contains(cidr, toAddress(value)))).toEqual([]);
      }),
    );
  });

  test('two overlap exactly if one holds the other’s network address', () => {
    const near = fc.integer({ min: 0, max: 2 ** 16 }).map((value) => toAddress(0x0a000000 + value * 64));
    fc.assert(
      fc.property(near, prefix, near, prefix, (a, abits, b, bbits) => {
        const [one, other] = [`${a}/${abits}`, `${b}/${bbits}`];
        const start = (cidr: string) => toAddress(parseSubnet(cidr).network);
        const expected = contains(one, start(other)) || contains(other, start(one));
        expect([overlaps(one, other), overlaps(other, one)]).toEqual([expected, expected]);
      }),
    );
  });

  test('its host addresses are all but the first, the last and the taken', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 24, max: 30 }), (text, bits) => {
        const { network, last } = parseSubnet(`${text}/${bits}`);
        const taken = toAddress(network + 1);
        const all = [...hostAddresses(`${text}/${bits}`, new Set([taken]))].map(toNumber);
        expect(all).toEqual(Array.from({ length: last - network - 2 }, (_, index) => network + 2 + index));
      }),
    );
  });
});

test('the host addresses of a /8 are not all made at once', () => {
  expect(hostAddresses('10.0.0.0/8', new Set()).next().value).toBe('10.0.0.1');
});

test('what is no address has no number', () => {
  expect(() => toNumber('1.2.3')).toThrow();
});
