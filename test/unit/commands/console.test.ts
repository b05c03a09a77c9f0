import { expect, test } from 'vitest';
import { requireFree, typable } from '../../../src/commands/console.ts';
import { vmPaths } from '../../../src/paths.ts';
import { roots } from '../../fakes/facts.ts';
import { planOfText } from '../../fakes/plans.ts';

/** A QEMU that says this of its character devices, as QEMU 7.2 does. */
const saying = (filename: string) => ({
  qmp: async (_socket: string, command: string) => {
    expect(command).toBe('query-chardev');
    return [
      {
        label: 'compat_monitor0',
        filename: 'disconnected:unix:/run/qmp.sock,server=on',
        'frontend-open': true,
      },
      { label: 'console', filename, 'frontend-open': true },
    ];
  },
});

test('a console that nobody is at is free', async () => {
  await requireFree('vm1', 'qmp.sock', saying('disconnected:unix:/run/console.sock,server=on'));
});

test('one that somebody is at is not: QEMU would let a second wait without a word', async () => {
  await expect(
    requireFree('vm1', 'qmp.sock', saying('unix:/run/console.sock,server=on')),
  ).rejects.toMatchObject({
    code: 'locked',
    message: 'somebody is at the console of vm1 already',
  });
});

test('a password that labnet has drawn for one VM may be typed there; one of the lab file never', () => {
  const plan = planOfText('name: one\nvms: {drawn: , given: {password: for-all-of-them}}\n');
  const mayType = (vm: string) => typable(plan, vmPaths(roots, plan.lab, vm).password);
  expect([mayType('drawn'), mayType('given'), mayType('nobody')]).toEqual([true, false, false]);
});
