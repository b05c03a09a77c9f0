import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { localHost } from '../../../src/host/local-host.ts';
import { keepState } from '../../../src/runs/saved-state.ts';
import { planOfSize } from '../../fakes/plans.ts';

vi.mock('../../../src/kept/lab-key.ts', () => ({ labKey: async () => 'key' }));

const free = vi.hoisted(() => ({ bytes: 1e12 }));
vi.mock('../../../src/observe/resources.ts', async (original) => ({
  ...(await original<object>()),
  readFreeSpace: async () => free.bytes,
}));

function contextIn(directory: string, said: string[], host: Host = localHost()) {
  return {
    host,
    roots: { state: directory, run: join(directory, 'run'), cache: join(directory, 'cache') },
    options: { json: false, quiet: false, verbose: false, yes: true, wait: 0, patience: 1 },
    signal: new AbortController().signal,
    say: (line: string) => said.push(line),
  };
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-keep-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  // The VMs' own uids pass through it.
  chmodSync(directory, 0o711);
  return directory;
}

test('where the host cannot be locked, the lab is not kept, and that is no failure', async () => {
  const directory = newDirectory();
  // No directory, so nobody can lock it.
  writeFileSync(join(directory, 'run'), '');
  const said: string[] = [];
  const context = contextIn(directory, said);
  const place = { key: 'key', directory: join(directory, 'cache', 'key'), there: false };
  expect(await keepState(planOfSize(1, true), place, context)).toBe(false);
  expect(said).toEqual([expect.stringContaining('the state of lab is not kept: ')]);
});

/** QEMU says of the VM what is given; there is nothing to save it through. */
const qemuOf = (status: string): Host => ({ ...localHost(), qmp: async () => ({ status }) });

test.each([
  ['runs', 'running', undefined],
  ['has ended', 'shutdown', 'no longer running: vm1'],
])('a VM that cannot be saved and %s afterwards', async (_, status, failure) => {
  const directory = newDirectory();
  const said: string[] = [];
  const place = { key: 'key', directory: join(directory, 'cache', 'key'), there: false };
  const kept = keepState(planOfSize(1, true), place, contextIn(directory, said, qemuOf(status)));
  if (failure === undefined) expect(await kept).toBe(false);
  else await expect(kept).rejects.toThrow(failure);
  expect(said).toEqual([expect.stringContaining('the state of lab is not kept: ')]);
});

test('where there is no room, the lab is not kept, its VMs are left alone, and the numbers are said', async () => {
  free.bytes = 1024 ** 2;
  onTestFinished(() => {
    free.bytes = 1e12;
  });
  const directory = newDirectory();
  const said: string[] = [];
  const told: string[] = [];
  const host = { ...localHost(), qmp: async (_: string, command: string) => told.push(command) };
  const place = { key: 'key', directory: join(directory, 'cache', 'key'), there: false };
  expect(await keepState(planOfSize(1, true), place, contextIn(directory, said, host))).toBe(false);
  expect(said).toEqual([
    expect.stringMatching(/^the state of lab is not kept: it may take \d\S* \w+ in \S+, and 1 MiB are free$/),
  ]);
  expect([told, existsSync(place.directory)]).toEqual([[], false]);
});
