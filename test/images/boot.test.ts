/** Every image boots to the same promises, by its own boot loader too; Debian 11 directly in every test run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workplace } from '../e2e/workplace.ts';

test.each([
  ['debian-11', 'firmware'],
  ['debian-12', 'direct'],
  ['debian-12', 'firmware'],
  ['debian-13', 'direct'],
  ['debian-13', 'firmware'],
])('a VM of %s, boot: %s, comes up and every probe passes', async (image, boot) => {
  const place = await workplace(image);
  try {
    const before = await place.snapshot();
    writeFileSync(
      join(place.directory, 'lab.yaml'),
      `name: later\nimage: ${image}\nvms: {vm1: {memory: 1G, boot: ${boot}}}\n`,
    );
    const { status, value } = await place.json('provision', 'lab.yaml', '--sandbox');
    expect(value.error).toBeUndefined();
    expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
    expect(status).toBe(0);
    // What GRUB puts before the arguments of a kernel that it starts.
    const { stdout } = await place.labnet('ssh', 'vm1', '--', 'cat', '/proc/cmdline');
    expect(stdout.startsWith('BOOT_IMAGE=/vmlinuz ')).toBe(boot === 'firmware');
    expect((await place.labnet('destroy', '--yes')).status).toBe(0);
    expect(await place.snapshot()).toEqual(before);
  } finally {
    await place.close();
  }
});
