import { beforeEach, expect, test, vi } from 'vitest';
import { NotLoaded } from '../../../src/action/load-state.ts';
import { LabnetError } from '../../../src/errors.ts';
import { CommandFailed } from '../../../src/host/command-failed.ts';
import { NoKernel, NotReady } from '../../../src/qemu/await-ready.ts';
import { isKeptAtFault, KeptFails } from '../../../src/runs/kept-at-fault.ts';
import { roots } from '../../fakes/facts.ts';

const free = vi.hoisted(() => ({ bytes: 0 }));
vi.mock('../../../src/observe/resources.ts', async (original) => ({
  ...(await original<object>()),
  readFreeSpace: async () => free.bytes,
}));
beforeEach(() => {
  free.bytes = 1e12;
});

test.each([
  ['it was not loaded', new NotLoaded('failed', 'x')],
  ['a VM did not come up', new NotReady('failed', 'x')],
  ['a VM showed no kernel', new NoKernel('failed', 'x')],
  ['a probe fails', new KeptFails('failed', 'x')],
])('where %s, what was kept may be at fault; not where the disk is full', async (_, error) => {
  expect(await isKeptAtFault(error, roots)).toBe(true);
  free.bytes = 4096;
  expect(await isKeptAtFault(error, roots)).toBe(false);
});

test.each([
  ['the host cannot', new LabnetError('host-cannot', 'no way out')],
  ["somebody else's link", new LabnetError('foreign', 'br0 is there')],
  ['a step that failed', new LabnetError('failed', 'tap0 is not there')],
  ['a program that is missing', new LabnetError('missing-program', 'nft')],
  ['a command', new CommandFailed(['ip'], 'ip', { how: 'exit', status: 1 }, 'No space left on device')],
  ['no room', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' })],
])('%s: it is not', async (_, error) => {
  expect(await isKeptAtFault(error, roots)).toBe(false);
});
