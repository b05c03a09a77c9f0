/** What `labnet status` advises. */
import { expect, test } from 'vitest';
import { status } from '../../../src/commands/status.ts';
import { roots } from '../../fakes/facts.ts';
import { linkOf } from '../../fakes/interferences.ts';
import { newRun, provision } from '../../fakes/lab-run.ts';
import { planOfSize } from '../../fakes/plans.ts';
import { reboot, trappedWorld } from '../../fakes/trapped-world.ts';
import type { World } from '../../fakes/world.ts';

const plan = planOfSize(1, false);
const look = (world: World) => status(undefined, { host: newRun(world), roots, uid: 0 });

test('after a reboot: provision boots the same disks again', async () => {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  reboot(world);
  const { json, text } = await look(world);
  expect(json).toMatchObject({ ok: false, rebooted: true });
  expect(text).toContain('labnet provision boots the same disks again');
});

test('of a lab that was started again since, what has drifted is no matter of the reboot', async () => {
  const world = trappedWorld();
  await provision(plan, newRun(world));
  reboot(world);
  await provision(plan, newRun(world));
  linkOf('tap0', world, plan).master = undefined;
  const { json, text } = await look(world);
  expect(json).toMatchObject({ ok: false, rebooted: false });
  expect(text).toContain('labnet repair lab sets right');
});
