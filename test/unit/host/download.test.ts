/** What has been downloaded is on the disk before it counts. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { downloadTo } from '../../../src/host/download.ts';

const steps = vi.hoisted((): string[] => []);

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open = async (path: string, flags: string, mode: number): Promise<FileHandle> => {
    const handle = await real.open(path, flags, mode);
    for (const step of ['writeFile', 'sync', 'close'] as const) {
      const deed = handle[step].bind(handle) as (...args: unknown[]) => Promise<void>;
      handle[step] = (...args: unknown[]) => {
        steps.push(step);
        return deed(...args);
      };
    }
    return handle;
  };
  return { ...real, open };
});

test('the file is synced after the last of it has come', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-download-'));
  const server = createServer((_, response) => response.end('image')).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const file = join(directory, 'part');
    await downloadTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, file);
    expect(readFileSync(file, 'utf8')).toBe('image');
    expect(steps.slice(-3)).toEqual(['writeFile', 'sync', 'close']);
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  }
});
