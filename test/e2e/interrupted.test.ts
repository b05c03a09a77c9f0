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

/** A part of the run, told by the line that begins it, and the seconds after it between which the kill falls. */
const moments = [
  ['Base image', 0, 0.4],
  ['Host', 0, 0.8],
  ['VMs', 0, 4],
  ['VMs', 4, 20],
  ['Verify', 0, 2.5],
] as const;

test('kill -9 at five random moments spread over a provision, then destroy', async () => {
  for (const [part, from, to] of moments) {
    const seconds = from + Math.random() * (to - from);
    const moment = `${seconds.toFixed(2)} s into ${part}`;
    const run = place.start('provision', '--vms', '2', '--sandbox');
    await run.said(part);
    await sleep(seconds * 1000);
    if (run.pid !== undefined) process.kill(run.pid, 'SIGKILL');
    await run.ended;
    const { status, stderr } = await place.labnet('destroy', '--yes');
    expect({ moment, status, stderr: status === 0 ? '' : stderr }).toEqual({ moment, status: 0, stderr: '' });
    expect({ moment, ...(await place.snapshot()) }).toEqual({ moment, ...before });
  }
});
