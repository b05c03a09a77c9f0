/** Debian 12 and 13 boot to the same promises as Debian 11, which every test run boots. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workplace } from '../e2e/workplace.ts';

test.each(['debian-12', 'debian-13'])('a VM of %s comes up and every probe passes', async (image) => {
  const place = await workplace(image);
  try {
    const before = await place.snapshot();
    writeFileSync(
      join(place.directory, 'lab.yaml'),
      `name: later\nimage: ${image}\nvms: {vm1: {memory: 1G}}\n`,
    );
    const { status, value } = await place.json('provision', 'lab.yaml', '--sandbox');
    expect(value.error).toBeUndefined();
    expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
    expect(status).toBe(0);
    expect((await place.labnet('destroy', '--yes')).status).toBe(0);
    expect(await place.snapshot()).toEqual(before);
  } finally {
    await place.close();
  }
});
