import { expect, test } from 'vitest';
import { readUsersWay } from '../../../src/observe/users-way.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const hostWhere = (status: number) =>
  partialHost({ ground: 'own', run: async () => ({ status, stdout: '', stderr: '' }) });

test.each([
  [0, true],
  [1, false],
  [2, false],
  [126, false],
])('a ping that ends with %i: whether the user may ping is %s', async (status, mayPing) => {
  expect(await readUsersWay(hostWhere(status))).toMatchObject({ mayPing });
});

test('on the PC itself nothing of it is asked', async () => {
  expect(await readUsersWay(partialHost({ ground: 'pc' }))).toEqual({ uplinkProgram: null, mayPing: true });
});
