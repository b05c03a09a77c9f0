/** `labnet image remove`: nothing goes that a lab stands on. */
import { beforeEach, expect, test } from 'vitest';
import { imageRemove } from '../../../src/commands/image.ts';
import { savePlan } from '../../../src/engine/lab-store.ts';
import type { Host } from '../../../src/host/host.ts';
import { storePaths } from '../../../src/image/stored-image.ts';
import { labOfSize } from '../../../src/lab/validate.ts';
import { labPaths } from '../../../src/paths.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { World } from '../../fakes/world.ts';

const [disk, rebuilt, kernel, initrd] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
  string,
];

let host: Host;

/** A lab on `disk`, directly booted. */
beforeEach(async () => {
  host = new MemoryHost(new World());
  const image = {
    name: 'debian-11',
    path: storePaths.file(roots, disk),
    direct: {
      kernel: storePaths.file(roots, kernel, 'kernel'),
      initrd: storePaths.file(roots, initrd, 'initrd'),
      arguments: 'ro',
    },
  };
  const plan = planLab({ lab: labOfSize(1, { sandbox: true }), facts: { ...facts, image }, roots, date: 0 });
  await host.makeDirectory(labPaths(roots, plan.lab).dir, { mode: 0o700 });
  await savePlan(plan, host, roots);
  await host.makeDirectory(storePaths.directory(roots), { mode: 0o755 });
});

const store = (text: string) => host.write(storePaths.entry(roots, 'debian-11'), text, { mode: 0o644 });
const entry = (...digests: readonly string[]) => digests.map((sha256) => JSON.stringify({ sha256 })).join('');
const remove = () => imageRemove('debian-11', { host, roots, uid: 0 });

test.each([
  ['the disk', entry(disk)],
  ['the kernel, of an image that was built again', entry(rebuilt, kernel)],
  ['the initrd', entry(rebuilt, initrd)],
  ['the disk, by an entry that is damaged', `{"sha256": "${disk}", `],
])('%s that a lab stands on stays', async (_, text) => {
  await store(text);
  await expect(remove()).rejects.toThrow('the VMs of lab stand on debian-11');
  expect(await host.read(storePaths.entry(roots, 'debian-11'))).toBe(text);
});

test('what no lab stands on goes, also by an entry that is damaged', async () => {
  await store(`{"sha256": "${rebuilt}", `);
  await host.write(storePaths.file(roots, rebuilt), 'disk', { mode: 0o644 });
  await remove();
  expect(await host.list(storePaths.directory(roots))).toEqual([]);
});

test('an image that is not there is a mistake', async () => {
  await expect(remove()).rejects.toMatchObject({ code: 'usage' });
});
