/** The names of labs and VMs are there for everyone, so that a user's shell completes them; what files hold is not. */
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tryAs } from '../setup/try-as.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;
let labs: string;
const nobody = 65_534;

beforeAll(async () => {
  place = await standInPlace();
  labs = join(place.state, 'labs');
});

afterAll(() => place.close());

test('of a lab, up or down, anybody lists the names and reads no file', async () => {
  for (const command of ['provision lab.yaml', 'destroy --keep-disks --yes']) {
    const { status, stderr } = await place.labnet(...command.split(' '));
    expect(status, stderr).toBe(0);
    expect(tryAs(nobody, [labs]), command).toEqual([`list ${labs}`, `list ${join(labs, 'own')}`]);
  }
});

test('directories of a labnet that closed them are opened by the next run', async () => {
  for (const path of [labs, join(labs, 'own')]) chmodSync(path, 0o711);
  const { status, stderr } = await place.labnet('provision', 'lab.yaml');
  expect(status, stderr).toBe(0);
  expect([labs, join(labs, 'own')].map((path) => statSync(path).mode & 0o777)).toEqual([0o755, 0o755]);
});
