import { expect, test } from 'vitest';
import { uidOfRoot } from '../../../src/host/roots-own.ts';

test.each([
  ['on the PC itself', '         0          0 4294967295\n', 0],
  ['where a user is the root of a namespace', '         0       1000          1\n', 65534],
  ['where further uids are mapped', '0 1000 1\n1 100000 65536\n', 65534],
  ['where root is there under another number', '0 1000 1\n5000 0 1\n', 5000],
])('the uid of root’s files %s', (_, map, uid) => {
  expect(uidOfRoot(map, '65534\n')).toBe(uid);
});
