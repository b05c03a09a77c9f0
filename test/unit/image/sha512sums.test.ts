import { expect, test } from 'vitest';
import { checksumOf } from '../../../src/image/sha512sums.ts';

const a = 'a'.repeat(128);
const b = 'b'.repeat(128);
const url = 'https://x.test/SHA512SUMS';

test.each([
  ['text mode', `${b}  other.qcow2\n${a}  image.qcow2\n`],
  ['binary mode', `${a} *image.qcow2`],
  ['upper case and a carriage return', `${a.toUpperCase()}  image.qcow2\r\n`],
  ['a path of here', `${a}  ./image.qcow2\n`],
  ['the same twice', `${a}  image.qcow2\n${a}  image.qcow2\n`],
])('finds a sum: %s', (_, text) => {
  expect(checksumOf('image.qcow2', text, url)).toBe(a);
});

test.each([
  ['nothing', ''],
  ['another file', `${a}  image.qcow2.sig\n`],
  ['the name as a part of another', `${a}  my-image.qcow2\n`],
  ['a sum too short', `${'a'.repeat(64)}  image.qcow2\n`],
  ['a web page', '<html>please log in</html>'],
])('finds none: %s', (_, text) => {
  expect(() => checksumOf('image.qcow2', text, url)).toThrow(/lists no image\.qcow2/);
});

test('two different sums are refused', () => {
  expect(() => checksumOf('image.qcow2', `${a}  image.qcow2\n${b}  image.qcow2\n`, url)).toThrow(/twice/);
});
