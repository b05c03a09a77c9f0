import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dnsAnswer } from '../../../src/helpers/dns-answer.ts';

const records = new Map([['www.internet.test', '203.0.113.80']]);

function query(name: string, type = 1): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([
    Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...labels,
    Buffer.from([0, 0, type, 0, 1]),
  ]);
}

test('a known name has its address, in any case', () => {
  const answer = dnsAnswer(query('WWW.internet.test'), records);
  expect(answer?.readUInt16BE(0)).toBe(0x1234);
  expect(answer?.readUInt16BE(6)).toBe(1);
  expect([...(answer?.subarray(-4) ?? [])]).toEqual([203, 0, 113, 80]);
});

test('another type of a known name has an empty answer, and no error', () => {
  const answer = dnsAnswer(query('www.internet.test', 28), records);
  expect([answer?.readUInt16BE(6), (answer?.readUInt16BE(2) ?? 0) & 15]).toEqual([0, 0]);
});

test('an unknown name does not exist', () => {
  expect((dnsAnswer(query('other.test'), records)?.readUInt16BE(2) ?? 0) & 15).toBe(3);
});

test('whatever comes, it answers or keeps silent', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const answer = dnsAnswer(Buffer.from(bytes), records);
      expect(answer === undefined || answer.length >= 12).toBe(true);
    }),
  );
});
