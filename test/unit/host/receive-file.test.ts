/** Whoever receives a VM's state keeps the VM standing still: it may not do so for ever. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { receive } from '../../../src/host/receive-file.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-receive-'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

const options = () => ({ uid: 65_534, file: join(directory, 'state'), limit: 1_000 });

test('a receiver that never listens is given up, and nothing of it stays', async () => {
  const perl = join(directory, 'perl');
  writeFileSync(perl, `#!/bin/sh\necho $$ > ${directory}/pid\nexec sleep 1000\n`, { mode: 0o755 });
  vi.stubEnv('LABNET_PATH', `${directory}:/usr/sbin:/usr/bin:/sbin:/bin`);
  const socket = join(directory, 'save.sock');
  await expect(receive(socket, options())).rejects.toMatchObject({
    code: 'failed',
    message: `nobody listens at ${socket} within 10 s`,
  });
  const { stdout: processes } = await execa('ps', ['-eo', 'pid=,args=']);
  const pid = (await execa('cat', [join(directory, 'pid')])).stdout;
  expect(processes.split('\n').filter((line) => line.trim().startsWith(`${pid} `))).toEqual([]);
}, 30_000);

test('a receiver that cannot listen says why', async () => {
  const socket = join(directory, 'none', 'save.sock');
  await expect(receive(socket, options())).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining(`${socket}: No such file or directory`),
  });
  expect(existsSync(options().file)).toBe(false);
});
