/** Whatever ends a provision in the middle, the host is as it was afterwards. */

import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { type Workplace, workplace } from './workplace.ts';

let place: Workplace;
let before: Snapshot;

beforeAll(async () => {
  place = await workplace();
  before = await place.snapshot();
});

afterAll(() => place.close());

test('Ctrl-C at a terminal undoes what the run began, visibly, and leaves nothing', async () => {
  const tmux = (...args: string[]) => execa('tmux', ['-L', `labnet-${process.pid}`, ...args]);
  const screen = async () => (await tmux('capture-pane', '-p', '-S', '-200')).stdout;
  const settings = Object.entries(place.env).map(([name, value]) => `${name}=${value}`);
  const command = ['env', ...settings, 'node', place.cli, 'provision', '--vms', '2', '--sandbox'].join(' ');
  await tmux('new-session', '-d', '-x', '110', '-y', '50', `${command}; echo "ended with $?"; sleep 600`);
  try {
    await expect.poll(screen, { timeout: 120_000 }).toMatch(/vm2: (firmware|kernel)/);
    await tmux('send-keys', 'C-c');
    await expect.poll(screen, { timeout: 120_000 }).toContain('ended with 130');
    expect(await screen()).toContain('Undoing what this run began');
  } finally {
    await tmux('kill-server');
  }
  expect(await place.snapshot()).toEqual(before);
});

/** Seconds from and to which each kill falls: the first seconds change the host, the rest boots and verifies. */
const spans = [
  [0.2, 1.2],
  [1.2, 2.5],
  [2.5, 6],
  [6, 25],
  [25, 60],
] as const;

test('kill -9 at five random moments, then destroy', async () => {
  for (const [from, to] of spans) {
    const moment = from + Math.random() * (to - from);
    const run = place.start('provision', '--vms', '2', '--sandbox');
    await sleep(moment * 1000);
    if (run.pid !== undefined) process.kill(run.pid, 'SIGKILL');
    await run.ended;
    const { status, stderr } = await place.labnet('destroy', '--yes');
    expect({ moment, status, stderr: status === 0 ? '' : stderr }).toEqual({ moment, status: 0, stderr: '' });
    expect({ moment, ...(await place.snapshot()) }).toEqual({ moment, ...before });
  }
});
