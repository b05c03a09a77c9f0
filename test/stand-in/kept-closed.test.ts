/**
 * What is kept of labs is their memory, disks, keys and passwords: open to root alone. The directories above keep
 * everybody out, and each file does so by itself, also where labnet's own umask does not help.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { everything, tryAs } from '../setup/try-as.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;
let umask: number;

/** Loaded before labnet, whose `process.umask(0o077)` then does nothing. */
const widest = '--import=data:text/javascript,process.umask(0);process.umask=()=>0';

beforeAll(async () => {
  umask = process.umask(0);
  vi.stubEnv('NODE_OPTIONS', widest);
  place = await standInPlace();
  writeFileSync(
    join(place.directory, 'twins.yaml'),
    'name: twins\nimage: debian-12\nvms: {one: {}, two: {}}\n',
  );
  // Made, with a template; loaded from what is kept; and a checkpoint.
  for (const command of [
    'provision twins.yaml --sandbox',
    'destroy --yes',
    'provision twins.yaml --sandbox',
    'checkpoint lesson',
  ]) {
    const { status, stderr } = await place.labnet(...command.split(' '));
    expect(status, stderr).toBe(0);
  }
});

afterAll(async () => {
  await place.close();
  vi.unstubAllEnvs();
  process.umask(umask);
});

const cache = () => join(place.directory, 'cache');
/** Where labnet saves VMs: what makes it faster, and what its user has saved. */
const saved = () => [cache(), join(place.state, 'checkpoints')];
const nameOf = (path: string) =>
  path.slice((path.startsWith(cache()) ? cache() : place.state).length + 1).replace(/[0-9a-f]{64}/, 'KEY');
const allSaved = () => saved().flatMap((root) => [root, ...everything(root)]);
const directories = ['', 'checkpoints', 'checkpoints/twins', 'states', 'templates'];

/** What of it is not closed by its own mode; the directories named above let through whoever knows a name. */
function ajar(): readonly string[] {
  return allSaved()
    .map((path) => ({ name: nameOf(path), facts: statSync(path) }))
    .filter(
      ({ name, facts }) =>
        (facts.mode & (directories.includes(name) ? 0o066 : 0o077)) !== 0 || facts.uid !== 0,
    )
    .map(({ name, facts }) => `${name} ${facts.mode.toString(8)} of ${facts.uid}`);
}

test('every kind of file is there, each closed by itself', () => {
  const names = allSaved().map(nameOf);
  const ends = ['memory', 'memory.console', 'disk', 'seed', 'password', 'key', 'key.pub'];
  for (const directory of ['states/KEY', 'checkpoints/twins/lesson'])
    for (const name of [...ends.map((end) => `one.${end}`), 'id_ed25519.key', 'saved.json'])
      expect(names).toContain(`${directory}/${name}`);
  for (const name of ['template.memory', 'template.state', 'template.disk'])
    expect(names).toContain(`templates/KEY/${name}`);
  expect(names).toContain('states/KEY/used');
  expect(ajar()).toEqual([]);
});

test('neither a VM nor anybody else can read, list or write anything', () => {
  const plan = readFileSync(join(place.state, 'labs', 'twins', 'plan.json'), 'utf8');
  const uids = new Set([...plan.matchAll(/"uid": ?([1-9]\d+)/g)].map(([, uid]) => Number(uid)));
  expect(uids.size).toBeGreaterThan(1);
  const ofTemplates = 1_899_999_997;
  for (const uid of [...uids, ofTemplates, 65_534]) expect(tryAs(uid, saved()), `uid ${uid}`).toEqual([]);
});
