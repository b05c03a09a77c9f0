import { expect, test } from 'vitest';
import type { FileFacts } from '../../../src/host/host.ts';
import { ownGroundFindings } from '../../../src/preflight/own-ground.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const tun = (mode: number) => ({ kind: 'character device', mode, uid: 65_534, gid: 65_534 }) as FileFacts;
const host = (node: FileFacts | undefined, ground: 'own' | 'pc' = 'own') =>
  partialHost({ ground, stat: async (path) => (path === '/dev/net/tun' ? node : undefined) });

test('a tun that everybody may open is all that is needed', async () => {
  expect(await ownGroundFindings(host(tun(0o666)))).toEqual([]);
});

test.each([
  ['is root’s', tun(0o600), 'lets only root open', 'chmod 0666'],
  ['is not there', undefined, 'has no /dev/net/tun', 'modprobe tun'],
])('one that %s is told with the line for the admin', async (_, node, message, remedy) => {
  const [found] = await ownGroundFindings(host(node));
  expect(found).toMatchObject({ level: 'problem', message: expect.stringContaining(message) });
  expect(found?.remedy[0]).toContain(remedy);
  expect(await ownGroundFindings(host(node, 'pc'))).toEqual([]);
});
