/** Whatever ends a provision in the middle, the host is as it was afterwards. */

import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { phases } from '../../src/qemu/boot-progress.ts';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { type Workplace, workplace } from './workplace.ts';

let place: Workplace;
let before: Snapshot;

beforeAll(async () => {
  place = await workplace();
  before = await place.snapshot();
});

afterAll(() => place.close());

/** Told on the screen of a VM that is not ready yet: a clone has the phases before cloud-init behind it. */
const booting = new RegExp(`vm2: (?:${phases.filter((phase) => phase !== 'ready').join('|')})`);

test('Ctrl-C at a terminal undoes what the run began, visibly, and leaves nothing', async () => {
  const tmux = (...args: string[]) => execa('tmux', ['-L', `labnet-${process.pid}`, ...args]);
  const screen = async () => (await tmux('capture-pane', '-p', '-S', '-200')).stdout;
  const settings = Object.entries(place.env).map(([name, value]) => `${name}=${value}`);
  const command = ['env', ...settings, 'node', place.cli, 'provision', '--vms', '2', '--sandbox'].join(' ');
  await tmux('new-session', '-d', '-x', '110', '-y', '50', `${command}; echo "ended with $?"; sleep 600`);
  try {
    await expect.poll(screen, { timeout: 120_000 }).toMatch(booting);
    await tmux('send-keys', 'C-c');
    await expect.poll(screen, { timeout: 120_000 }).toContain('ended with 130');
    expect(await screen()).toContain('Undoing what this run began');
  } finally {
    await tmux('kill-server');
  }
  expect(await place.snapshot()).toEqual(before);
});

/**
 * A part of the run, told by the line that begins it, the seconds after it between which the kill falls, and how the
 * run is made. The first one that makes a template finds none.
 */
const moments = [
  ['Base image', 0, 0.4, []],
  ['Host', 0, 0.8, []],
  ['Template', 0, 15, []],
  ['VMs', 0, 8, ['--cold', '--fresh']],
  ['VMs', 0, 3, ['--fresh']],
  ['Verify', 0, 2, ['--fresh']],
] as const;

test('kill -9 at six random moments spread over a provision, then destroy', async () => {
  rmSync(place.env.LABNET_CACHE ?? '', { recursive: true, force: true });
  const missed: string[] = [];
  for (const [part, from, to, how] of moments) {
    const seconds = from + Math.random() * (to - from);
    const moment = `${seconds.toFixed(2)} s into ${part} ${how.join(' ')}`;
    const run = place.start('provision', '--vms', '2', '--sandbox', ...how);
    await run.said(part);
    // A host that is faster than those known may have ended by then.
    const hit = await Promise.race([sleep(seconds * 1000).then(() => true), run.ended.then(() => false)]);
    if (!hit) missed.push(moment);
    else if (run.pid !== undefined) process.kill(run.pid, 'SIGKILL');
    await run.ended;
    const { status, stderr } = await place.labnet('destroy', '--yes');
    expect({ moment, status, stderr: status === 0 ? '' : stderr }).toEqual({ moment, status: 0, stderr: '' });
    expect({ moment, ...(await place.snapshot()) }).toEqual({ moment, ...before });
  }
  expect(missed.length, missed.join(', ')).toBeLessThan(3);
});
