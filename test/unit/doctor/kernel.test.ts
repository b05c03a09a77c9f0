/** The parts of a lab that doctor has the real kernel make, and what it says of those that it does not make. */
import { expect, test } from 'vitest';
import { kernel } from '../../../src/doctor/kernel.ts';
import type { Host } from '../../../src/host/host.ts';
import { localHost } from '../../../src/host/local-host.ts';
import type { Context } from '../../../src/runs/context.ts';

const real = localHost();
const lookOn = (host: Host, uid = 0) => kernel({ host, uid } as Context);

/** The real host, whose kernel knows no bridge and no masquerade. */
const without = (changes: Partial<Host> = {}): Host => ({
  ...real,
  run: (argv, options) =>
    real.run(
      argv.map((word) => (word === 'bridge' ? 'no-bridge' : word)),
      { ...options, stdin: (options?.stdin ?? '').replace('masquerade', 'no_masquerade') },
    ),
  ...changes,
});

test('each part is made by the real kernel, and nothing of it stays', async () => {
  const links = async () => (await real.run(['ip', '-json', 'link'])).stdout;
  const before = await links();
  expect(await lookOn(real)).toEqual({
    id: 'kernel',
    level: 'good',
    message: 'the kernel makes a bridge, a tap, a cable, NAT, a rule on a bridge',
    remedy: [],
  });
  expect(await links()).toBe(before);
});

test('what is not made is named, with what was said and the modules that make it', async () => {
  const found = await lookOn(without({ list: async () => [] }));
  expect(found).toMatchObject({
    level: 'problem',
    remedy: ['sudo modprobe bridge && sudo modprobe nft_masq'],
  });
  expect(found.message).toMatch(/^the kernel does not make a bridge: .+; the kernel does not make NAT: .+$/);
});

test('after an upgrade of the kernel, whose modules are gone, it takes a restart', async () => {
  const found = await lookOn(without({ list: async () => ['9.9.9-amd64'], stat: async () => undefined }));
  expect(found.remedy.join()).toMatch(
    /^restart the PC: \/lib\/modules\/\S+ is gone, as after an upgrade of the kernel$/,
  );
});
