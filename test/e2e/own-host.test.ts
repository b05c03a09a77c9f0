/** A real VM of an ordinary user: made, proved and removed without any right of root, from an image of the PC's admin. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { baseImage } from '../setup/base-image.ts';
import { type LabnetRuns, labnetRuns } from '../setup/labnet-runs.ts';
import { type OrdinaryUser, ordinaryUser, processesOfUser, uid } from '../setup/ordinary-user.ts';
import { type Workplace, workplace } from './workplace.ts';

let place: Workplace;
let user: OrdinaryUser;
let labnet: LabnetRuns;

beforeAll(async () => {
  place = await workplace();
  user = await ordinaryUser(place.directory, place.inside);
  const env = { LABNET_IMAGES: join(await baseImage('debian-11', place.cli), 'images') };
  const enter = [...place.enter, ...user.become];
  labnet = labnetRuns({ enter, cli: user.cli, env, directory: place.directory });
});

afterAll(() => place.close());

test('a sandbox of one VM: proved, entered, apart from all of its user’s, removed without a trace', async () => {
  const before = await place.snapshot();
  const { status, value } = await labnet.json('provision', '--vms', '1', '--sandbox');
  expect(value.error).toBeUndefined();
  expect(value.verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([]);
  expect(status).toBe(0);
  const state = join(user.home, '.local/state/labnet');
  expect(existsSync(join(state, 'images'))).toBe(false);
  expect((await labnet.labnet('ssh', 'vm1', '--', 'hostname')).stdout.trim()).toBe('vm1');

  // As /proc of the cage's root has it.
  const [pid = ''] = (
    await place.inside('pgrep', '--full', '^qemu-system-x86_64 -name labnet-lab-vm1 ')
  ).split('\n');
  const process = await place.inside('readlink', `/proc/${pid}/ns/user`);
  expect(process).not.toBe(await place.inside('readlink', '/proc/self/ns/user'));
  const seen = (await place.inside('ls', `/proc/${pid}/root`, `/proc/${pid}/root${user.home}`)).split('\n');
  const [, top = ''] = dirname(place.directory).split('/');
  expect(seen).toEqual(expect.arrayContaining(['bin', 'dev', 'etc', 'proc', 'usr', top]));
  for (const absent of ['home', 'root', 'boot', 'srv', '.cache', 'lab.yaml'])
    expect(seen).not.toContain(absent);
  const rights = (await place.inside('cat', `/proc/${pid}/status`)).split('\n');
  expect(rights).toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(`^Uid:\\t${uid}\\t`))]));
  for (const line of [
    'CapEff:\t0000000000000000',
    'CapBnd:\t0000000000000000',
    'NoNewPrivs:\t1',
    'Seccomp:\t2',
  ])
    expect(rights).toContain(line);

  const destroyed = await labnet.labnet('destroy', '--yes', '--check');
  expect(destroyed.stdout).toContain('the host is as it was');
  expect(await processesOfUser(place.inside)).toEqual([]);
  expect(await place.snapshot()).toEqual(before);
  expect(readdirSync(state)).toEqual([]);
});
