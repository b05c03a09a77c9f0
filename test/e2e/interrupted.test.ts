/** Whatever ends a provision in the middle, the host is as it was afterwards. */

import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { phases } from '../../src/qemu/phases.ts';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { openTerminal } from './terminal.ts';
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
  const terminal = await openTerminal(place, 'provision', '--vms', '2', '--sandbox');
  const { screen } = terminal;
  try {
    await expect.poll(screen, { timeout: 300_000 }).toMatch(booting);
    await terminal.type('C-c');
    await expect.poll(screen, { timeout: 120_000 }).toContain('ended with 130');
    expect(await screen()).toContain('Undoing what this run began');
  } finally {
    await terminal.close();
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

/** Of all processes with such words labnet is the first. @returns whether it was still there */
async function killLabnet(): Promise<boolean> {
  const kill = ['pkill', '--signal', 'KILL', '--oldest', '--full', '^node .* provision --vms 2'];
  return place.inside(...kill).then(
    () => true,
    () => false,
  );
}

test('kill -9 at six random moments spread over a provision, then destroy', async () => {
  rmSync(place.env.LABNET_CACHE ?? '', { recursive: true, force: true });
  const missed: string[] = [];
  for (const [part, from, to, how] of moments) {
    const seconds = from + Math.random() * (to - from);
    const moment = `${seconds.toFixed(2)} s into ${part} ${how.join(' ')}`;
    const run = place.start('provision', '--vms', '2', '--sandbox', ...how);
    await run.said(part);
    const going = await Promise.race([sleep(seconds * 1000).then(() => true), run.ended.then(() => false)]);
    // A host that is faster than those known may have ended by then.
    if (!going || !(await killLabnet())) missed.push(moment);
    await run.ended;
    const { status, stderr } = await place.labnet('destroy', '--yes');
    expect({ moment, status, stderr: status === 0 ? '' : stderr }).toEqual({ moment, status: 0, stderr: '' });
    expect({ moment, ...(await place.snapshot()) }).toEqual({ moment, ...before });
  }
  expect(missed.length, missed.join(', ')).toBeLessThan(3);
});
