/** By ssh, or where that does not go, by the channel: what is tried, and what is said of it. */
import { expect, test } from 'vitest';
import { LabnetError } from '../../../src/errors.ts';
import { CommandFailed } from '../../../src/host/command-failed.ts';
import type { Host } from '../../../src/host/host.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { runInGuest } from '../../../src/reach/run-in-guest.ts';
import { roots } from '../../fakes/facts.ts';
import { partialHost } from '../../fakes/partial-host.ts';
import { planOfSize } from '../../fakes/plans.ts';

const lab = planOfSize(1, false);
const refused = (): never => {
  throw new CommandFailed(['ssh'], 'ssh', { how: 'exit', status: 255 }, 'Permission denied (publickey).\n');
};

/** Runs a script that ends with "whole" in the guest of a lab. */
function running(ssh: () => string, channel: Host['exchange'] | undefined, plan: Plan = lab) {
  const [guest] = plan.guests;
  if (guest === undefined) throw new Error('there is a guest');
  const host = partialHost({
    run: async () => ({ status: 0, stdout: ssh(), stderr: '' }),
    ...(channel === undefined ? {} : { exchange: channel }),
  });
  const options = { host, roots, timeout: 1_000, waiting: 0, mayLeave: false };
  return runInGuest(guest, plan, 'echo whole', 'whole', options);
}

/** A channel at which a helper says this. */
const helper =
  (said: string): Host['exchange'] =>
  async (_, text) => {
    const [word] = text.split(' ');
    return `labnet: here\n${word} begins\n${said}\n${word} 0\n`;
  };

test('where ssh goes, the channel is not asked', async () => {
  expect(await running(() => 'whole\n', undefined)).toEqual({ said: 'whole\n', shut: false });
});

test('where it does not, the channel is, and why ssh did not go is told', async () => {
  const told = { said: 'whole', notBySsh: 'Permission denied (publickey).', shut: true };
  expect(await running(refused, helper('whole'))).toEqual(told);
  expect(await running(() => 'a shell of its own\n', helper('whole'))).toEqual({
    said: 'whole',
    notBySsh: 'the session ended early',
    shut: false,
  });
});

test.each<[string, Host['exchange'], string]>([
  [
    'nobody answers',
    (path) => Promise.reject(new LabnetError('failed', `${path}: nobody answered within 5 s`)),
    'nobody answered within 5 s',
  ],
  ['the script did not run to its end', helper('half'), 'the session ended early'],
  ['the answer is none', async () => 'labnet: here\n', 'an answer that cannot be read'],
])('where %s there either, that is said too', async (_, channel, why) => {
  await expect(running(refused, channel)).rejects.toMatchObject({
    code: 'failed',
    message: `Permission denied (publickey).; nor by a port of QEMU, the second way into a VM: ${why}`,
  });
});

test('a VM of a labnet before 0.3 has no channel: ssh is its one way in', async () => {
  const older = {
    ...lab,
    guests: lab.guests.map((guest) => ({ ...guest, reach: { ...guest.reach, channel: undefined } })),
  };
  await expect(running(refused, undefined, older)).rejects.toMatchObject({
    message: 'Permission denied (publickey).',
  });
});

test('whoever has enough is not asked by another way', async () => {
  const interrupted = (): never => {
    throw new LabnetError('interrupted', 'interrupted');
  };
  await expect(running(interrupted, undefined)).rejects.toMatchObject({ code: 'interrupted' });
  await expect(running(refused, interrupted)).rejects.toMatchObject({ code: 'interrupted' });
});
