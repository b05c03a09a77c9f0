/** Which VM a command means. */
import { beforeEach, expect, test } from 'vitest';
import { savePlan } from '../../../src/labs/lab-store.ts';
import { labPaths } from '../../../src/paths.ts';
import { findGuest } from '../../../src/runs/guest.ts';
import { roots } from '../../fakes/facts.ts';
import { newRun } from '../../fakes/lab-run.ts';
import { planOfText } from '../../fakes/plans.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';

const host = newRun(trappedWorld());
const find = (name: string, lab?: string) => findGuest(name, lab, { host, roots });

beforeEach(async () => {
  for (const lab of ['one', 'two']) {
    await host.makeDirectory(labPaths(roots, lab).dir, { mode: 0o700 });
    await savePlan(planOfText(`name: ${lab}\nvms: {both: , ${lab}:}\n`), host, roots);
  }
  // Its image is being built, or its first provision was killed.
  await host.makeDirectory(labPaths(roots, 'unmade').dir, { mode: 0o700 });
});

test('the only one of that name, also while another lab is only being made', async () => {
  expect((await find('two')).plan.lab).toBe('two');
});

test.each([
  ['nobody', undefined, 'no VM nobody'],
  ['both', undefined, 'several labs have a VM both: one, two'],
  ['both', 'unmade', 'the lab unmade was never made whole'],
])('%s in %s: %s', async (name, lab, message) => {
  await expect(find(name, lab)).rejects.toThrow(message);
});

test('the one in the lab that is named', async () => {
  expect((await find('both', 'two')).plan.lab).toBe('two');
});
