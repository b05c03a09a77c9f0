import { expect, test } from 'vitest';
import { groundKindOf } from '../../src/ground-kind.ts';

test.each([
  ['root of the PC', 0, '         0          0 4294967295\n', 'pc'],
  ['an ordinary user', 1001, '         0          0 4294967295\n', 'own'],
  ['root of a user namespace with one uid', 0, '         0       1001          1\n', 'own'],
  ['root of a container that has 65536 uids', 0, '         0     100000      65536\n', 'own'],
  ['root of a user namespace that has the uids of VMs', 0, '0 1001 1\n1899999997 100000 20000000\n', 'pc'],
  ['a map that cannot be read', 0, '', 'own'],
] as const)('%s', (_, uid, map, kind) => {
  expect(groundKindOf(uid, map)).toBe(kind);
});
