/** A VM's clock stands still while it is saved; afterwards it is set, or that it is late is said. */

import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { LabnetError } from '../../../src/errors.ts';
import { setClocks } from '../../../src/verify/set-clocks.ts';
import { roots } from '../../fakes/facts.ts';
import { partialHost } from '../../fakes/partial-host.ts';
import { planOfSize } from '../../fakes/plans.ts';

const plan = planOfSize(2, true);

function hostWhere(fails: string) {
  const entered: string[] = [];
  const host = partialHost({
    async run(argv, options) {
      const guest = argv.find((word) => word.includes('@')) ?? '';
      entered.push(guest);
      expect(options?.namespace).toBe(plan.namespace);
      expect(options?.stdin).toMatch(/^entropy=\n[\s\S]*clock_settime/);
      if (guest.endsWith(fails)) throw new Error('Connection refused');
      return { status: 0, stdout: 'labnet: the clock is set\n', stderr: '' };
    },
    exchange: () => Promise.reject(new LabnetError('failed', 'nobody answered')),
  });
  return { host, entered };
}

test('each guest is entered and its clock set, after a pause that somebody would notice', async () => {
  const { host, entered } = hostWhere('nobody');
  expect(await setClocks(plan, 34_100, { host, roots })).toEqual([]);
  expect(entered).toHaveLength(2);
});

test('a short pause is worth no session', async () => {
  const { host, entered } = hostWhere('nobody');
  expect(await setClocks(plan, 120, { host, roots })).toEqual([]);
  expect(entered).toEqual([]);
});

test('of a guest that cannot be entered, how late it is is said, and the others are set', async () => {
  const { host, entered } = hostWhere(plan.guests[1]?.address ?? '');
  const notes = await setClocks(plan, 34_100, { host, roots });
  expect(notes).toEqual([
    'vm2 stood still for 34.1 s while it was saved, and its clock could not be set: Connection refused; nor by a port of QEMU, the second way into a VM: nobody answered',
  ]);
  expect(entered).toHaveLength(2);
});

test('without entropy, the script of the guest leaves its random generator alone', async () => {
  const script = readFileSync(new URL('../../../guest/wake-guest.sh', import.meta.url), 'utf8');
  // Perl checks it, and finds nothing to ask of /dev/random.
  const program = /perl -e '([\s\S]*)'/.exec(script)?.[1] ?? '';
  const only = program.replace(/^open my \$clock[\s\S]*/m, '');
  expect((await execa('perl', ['-c', '-e', program], { reject: false })).stderr).toContain('syntax OK');
  expect(
    (
      await execa('perl', ['-e', `${only.replace('/dev/random', '/nowhere/random')}; print "done"`], {
        input: '',
      })
    ).stdout,
  ).toBe('done');
});
