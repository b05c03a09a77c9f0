/** Whatever labnet prints of a lab, from its plan to its end, holds none of its passwords, their hashes and its keys. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labPaths, vmPaths } from '../../src/paths.ts';
import { type StandInPlace, standInPlace } from './place.ts';

const canary = 'Canary-7d1c5f';

/** One VM's password is given, the other's is random. */
const lab = (password: string) => `name: own
vms:
  one: {password: "${password}"}
  two: {}
`;

const labs = {
  'lab.yaml': lab(canary),
  'other.yaml': lab(`another ${canary}`),
  'wrong.yaml': lab(canary).replace('{password', '{cpu: 1, password'),
};

const own = (place: StandInPlace) => join(place.state, 'labs', 'own');

async function loseSeed(place: StandInPlace) {
  await place.inHost('pkill', '--full', '--', '-uuid');
  rmSync(join(own(place), 'one', 'seed.iso'));
}

async function losePassword(place: StandInPlace) {
  rmSync(join(own(place), 'one', 'password'));
}

type Step = readonly [command: string, status: number, before?: (place: StandInPlace) => Promise<void>];

const steps: readonly Step[] = [
  ['plan lab.yaml --sandbox', 0],
  ['plan lab.yaml --sandbox --json', 0],
  ['plan lab.yaml --sandbox --undo', 0],
  ['provision lab.yaml --sandbox --dry-run', 0],
  ['provision wrong.yaml --sandbox', 2],
  ['provision wrong.yaml --sandbox --json', 2],
  ['provision lab.yaml --sandbox --verbose --timings', 0],
  ['provision other.yaml --sandbox', 2],
  ['status --json', 0],
  ['status --verbose', 0],
  ['verify --json', 0],
  ['verify --verbose', 0],
  ['explain password:one', 0],
  ['explain seed:one --json', 0],
  ['logs one', 0],
  ['logs two --json', 0],
  ['repair --verbose', 0, loseSeed],
  ['repair --json', 1, losePassword],
  ['destroy --yes --verbose', 0],
  ['provision lab.yaml --sandbox --fresh --json', 0],
  ['destroy --yes --keep-disks --json', 0],
  // With the disks that were kept; then, without them, all from the kept state.
  ['provision lab.yaml --sandbox --json --verbose', 0],
  ['destroy --yes --json', 0],
  ['provision lab.yaml --sandbox --quiet --verbose', 0],
  ['destroy --yes', 0],
];

let place: StandInPlace;
const secrets = new Set([canary, 'OPENSSH PRIVATE']);
const ended = new Map<string, { readonly status: number; readonly said: string }>();

beforeAll(async () => {
  place = await standInPlace();
  for (const [name, text] of Object.entries(labs)) writeFileSync(join(place.directory, name), text);
  for (const [command, , before] of steps) {
    await before?.(place);
    const { status, stdout, stderr } = await place.labnet(...command.split(' '));
    ended.set(command, { status, said: stdout + stderr });
    const made = status === 0 && command.startsWith('provision') && !command.endsWith('--dry-run');
    if (made) gather();
  }
}, 180_000);

afterAll(() => place.close());

/** The secrets of the lab that is there. */
function gather(): void {
  const roots = { state: place.state, run: place.run, cache: '' };
  const add = (path: string, pattern: RegExp) => {
    const found = readFileSync(path, 'latin1').match(pattern) ?? [];
    expect(found, path).not.toHaveLength(0);
    for (const secret of found) secrets.add(secret);
  };
  // The lines of a private key but for the first, which is much the same in all.
  const key = /(?<=\S{70}\n)(?!-)\S+/g;
  add(labPaths(roots, 'own').clientKey, key);
  for (const vm of ['one', 'two']) {
    const { hostKey, password, seed } = vmPaths(roots, 'own', vm);
    add(hostKey, key);
    add(password, /.+/g);
    add(seed, /\$6\$\w+\$[./\w]{86}/g);
  }
}

test.each(steps.map(([command, status]) => [command, status] as const))('labnet %s', (command, status) => {
  const { said, ...end } = ended.get(command) ?? { said: '' };
  expect(end, said).toEqual({ status });
  expect(said.length).toBeGreaterThan(20);
  expect([...secrets].filter((secret) => said.includes(secret))).toEqual([]);
});
