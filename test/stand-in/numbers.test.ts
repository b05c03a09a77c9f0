/** VMs keep their numbers: what plan, provision and the host show of a lab whose file has lost its first VM. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;

const write = (...vms: readonly string[]) =>
  writeFileSync(
    join(place.directory, 'vms.yaml'),
    `name: vms\ndefaults: {cpus: 1}\nvms: {${vms.map((name) => `${name}: `).join(', ')}}\n`,
  );

beforeAll(async () => {
  place = await standInPlace();
});

afterAll(() => place.close());

/** What `plan` shows, by VM: number, address, tap. */
async function planned(...words: readonly string[]) {
  const { stdout } = await place.labnet(...words, 'vms.yaml', '--sandbox', '--json');
  const { plan } = JSON.parse(stdout) as {
    readonly plan: {
      readonly guests: readonly {
        readonly name: string;
        readonly number: number;
        readonly address: string;
      }[];
      readonly stages: readonly {
        readonly specs: readonly { readonly kind: string; readonly vm?: string; readonly name: string }[];
      }[];
    };
  };
  const taps = plan.stages.flatMap(({ specs }) => specs.filter(({ kind }) => kind === 'tap'));
  return plan.guests.map(({ name, number, address }) => [
    name,
    number,
    address,
    taps.find(({ vm }) => vm === name)?.name,
  ]);
}

const asNew = [
  ['two', 0, '192.168.6.1', 'tap0'],
  ['three', 1, '192.168.6.2', 'tap1'],
];

test('of a lab that is not there, VMs are counted in the order of the file', async () => {
  write('two', 'three');
  expect(await planned('plan')).toEqual(asNew);
});

test('of one that is, those that stay keep what they have', async () => {
  write('one', 'two', 'three');
  expect((await place.json('provision', 'vms.yaml', '--sandbox')).status).toBe(0);
  write('two', 'three');
  const known = [
    ['two', 1, '192.168.6.2', 'tap1'],
    ['three', 2, '192.168.6.3', 'tap2'],
  ];
  expect(await planned('plan')).toEqual(known);
  expect(await planned('provision', '--dry-run')).toEqual(known);
  const { status, value } = await place.json('provision', 'vms.yaml', '--sandbox');
  expect([status, value.error.message]).toEqual([
    2,
    'the lab on this host is another one: seed:two, seed:three would change',
  ]);
});

test('with all its VMs in another order it is the same lab, and a lab made anew is counted anew', async () => {
  write('three', 'one', 'two');
  const journal = readFileSync(join(place.state, 'labs/vms/journal.jsonl'), 'utf8');
  expect(await place.json('provision', 'vms.yaml', '--sandbox')).toMatchObject({ status: 0 });
  expect(readFileSync(join(place.state, 'labs/vms/journal.jsonl'), 'utf8')).toBe(journal);
  expect((await place.labnet('destroy', 'vms', '--yes')).status).toBe(0);
  write('two', 'three');
  expect(await planned('plan')).toEqual(asNew);
});
