import { describe, expect, test } from 'vitest';
import { CommandFailed } from '../../../src/host/command-failed.ts';
import { probeAccelerator } from '../../../src/qemu/accelerator.ts';
import { bootSector, bootSectorStatus } from '../../../src/qemu/boot-sector.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const node = {
  kind: 'other',
  mode: 0o666,
  uid: 0,
  gid: 0,
  size: 0,
  inode: 1,
  device: 1,
  allocated: 0,
  mtimeMs: 0,
} as const;

function hostWith(kvm: typeof node | undefined | { kind: 'file' }, runKvm: () => never | void = () => {}) {
  return partialHost({
    stat: async () => (kvm === undefined ? undefined : { ...node, ...kvm }),
    temporaryDirectory: async () => ({ path: '/scratch', remove() {} }),
    write: async () => {},
    run: async (argv) => {
      if (argv.includes('kvm')) runKvm();
      return { status: bootSectorStatus, stdout: '', stderr: '' };
    },
  });
}

const probe = (host: ReturnType<typeof hostWith>) => probeAccelerator(host, { scratch: '/scratch' });

function fails(end: CommandFailed['end'], stderr: string): () => never {
  return () => {
    throw new CommandFailed(['qemu-system-x86_64', '-accel', 'kvm'], 'qemu-system-x86_64', end, stderr);
  };
}

describe('KVM is believed only when a guest has run', () => {
  test('it has', async () => {
    expect((await probe(hostWith(node))).accelerator).toBe('kvm');
  });

  test.each([
    ['no device', undefined, 'there is no /dev/kvm'],
    ['a file in its place', { kind: 'file' } as const, 'is not a device'],
  ])('%s', async (_, kvm, reason) => {
    const found = await probe(hostWith(kvm));
    expect(found).toEqual({ accelerator: 'tcg', reason: expect.stringContaining(reason) });
  });

  test.each([
    [
      'aborts',
      { how: 'signal', signal: 'SIGABRT' } as const,
      'error: failed to set MSR 0x10a to 0x0',
      'failed to set MSR 0x10a',
    ],
    [
      'is not allowed',
      { how: 'exit', status: 1 } as const,
      'Could not access KVM kernel module: Permission denied',
      'Permission denied',
    ],
    ['hangs', { how: 'timeout', ms: 1000 } as const, '', 'no answer within 1000 ms'],
  ])('a guest that %s', async (_, end, stderr, reason) => {
    const found = await probe(hostWith(node, fails(end, stderr)));
    expect(found).toEqual({ accelerator: 'tcg', reason: expect.stringContaining(reason) });
  });
});

test('the boot sector is one: 512 bytes with the mark at the end', () => {
  const sector = bootSector();
  expect(sector).toHaveLength(512);
  expect([...sector.subarray(510)]).toEqual([0x55, 0xaa]);
});
