/** A line that labnet prints for the user to type works as it is printed: for root, with sudo, and where only su is. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { asRoot, type Typist, typedBy } from '../../../src/cli/typed.ts';

const root: Typist = { labnet: 'dist/labnet', rights: 'root', own: false, settings: [] };
const sudo: Typist = { ...root, rights: 'sudo' };
const su: Typist = { ...root, rights: 'su' };
const commands = ['doctor', 'plan', 'provision', 'repair'];

describe('a text', () => {
  const text = [
    'labnet plan shows it, sudo labnet repair mends it. What labnet plans, labnet repairs.',
    'sudo apt-get install x   (or: sudo labnet doctor --fix)',
    '  $ sudo labnet provision --vms 2',
    "printf 'a' | sudo tee /etc/b",
  ].join('\n');

  test('for root has no sudo', () => {
    expect(typedBy(root, commands)(text)).toBe(
      [
        'dist/labnet plan shows it, dist/labnet repair mends it. What labnet plans, labnet repairs.',
        'apt-get install x   (or: dist/labnet doctor --fix)',
        '  $ dist/labnet provision --vms 2',
        "printf 'a' | tee /etc/b",
      ].join('\n'),
    );
  });

  test('for a user with sudo names labnet as sudo finds it, with its settings', () => {
    const settings = ['LABNET_STATE=/srv/labs'];
    expect(typedBy({ ...sudo, labnet: 'labnet' }, commands)(text)).toBe(text);
    const [first, second] = typedBy({ ...sudo, settings }, commands)(text).split('\n');
    expect(first).toContain(
      'dist/labnet plan shows it, sudo env LABNET_STATE=/srv/labs dist/labnet repair mends',
    );
    expect(second).toContain(
      'sudo apt-get install x   (or: sudo env LABNET_STATE=/srv/labs dist/labnet doctor',
    );
  });

  test('where sudo is not installed has whole lines with su', () => {
    expect(typedBy(su, commands)(text)).toBe(
      [
        'dist/labnet plan shows it, dist/labnet repair mends it. What labnet plans, labnet repairs.',
        "su -c 'apt-get install x'   (or: dist/labnet doctor --fix)",
        "  $ su -c 'dist/labnet provision --vms 2'",
        "printf 'a' | su -c 'tee /etc/b'",
      ].join('\n'),
    );
  });
});

test.each(['sudo', 'su'] as const)(
  'on a host of his own a user needs no root for labnet, and %s for the rest',
  (rights) => {
    const text = [
      '  $ sudo labnet provision --vms 2',
      'no lab x: sudo labnet provision makes one',
      'sudo apt-get install x   (or: sudo labnet doctor)',
    ].join('\n');
    const install = rights === 'sudo' ? 'sudo apt-get install x' : "su -c 'apt-get install x'";
    expect(typedBy({ ...root, rights, own: true }, ['provision', 'doctor'])(text)).toBe(
      [
        '  $ dist/labnet provision --vms 2',
        'no lab x: dist/labnet provision makes one',
        `${install}   (or: dist/labnet doctor)`,
      ].join('\n'),
    );
  },
);

test.each([
  [root, ['ssh', 'vm1', '--', 'echo', "it's"], String.raw`dist/labnet ssh vm1 -- echo 'it'\''s'`],
  [sudo, ['provision', 'my lab.yaml'], "sudo dist/labnet provision 'my lab.yaml'"],
  [{ ...sudo, settings: ['LABNET_RUN=/r'] }, ['status'], 'sudo env LABNET_RUN=/r dist/labnet status'],
  [su, ['destroy', '--all'], "su -c 'dist/labnet destroy --all'"],
] as const)('what was typed, as root: %#', (typist, words, line) => {
  expect(asRoot(words, typist)).toBe(line);
});

test('the sources say sudo where a command takes root: what is printed is made from that', () => {
  const rooted =
    /(?<!sudo )labnet (?:destroy|repair|verify|logs|ssh|status|restore|export|checkpoint|reset|console|cache|image (?:build|pull|import|remove|warm)|provision(?! --help| \S+ --dry-run))\b/;
  const found = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      readFileSync(join('src', name), 'utf8')
        .split('\n')
        .filter((line) => rooted.test(line) && !/^\s*(?:\/?\*|\/\/)/.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    );
  // What a thing is for, in every plan: nothing that is to be typed.
  expect(found).toEqual([
    "plan/disks.ts: purpose: 'the key with which `labnet ssh` and the probes enter the VMs',",
  ]);
});

describe('in a place of its own', () => {
  let place: string;

  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'labnet-typed-'));
    chmodSync(place, 0o755);
    cpSync(dirname(inject('cli')), join(place, 'a lab', 'dist'), { recursive: true });
    for (const name of ['guest', 'templates'])
      symlinkSync(new URL(`../../../${name}`, import.meta.url).pathname, join(place, 'a lab', name));
    mkdirSync(join(place, 'bin'));
  });

  afterAll(() => rmSync(place, { recursive: true, force: true }));

  test('the launcher finds its Node also when that is not in PATH, and itself through links', () => {
    const link = join(place, 'bin', 'labnet');
    symlinkSync(join(place, 'a lab', 'dist', 'labnet'), link);
    const env = { PATH: '/bin:/usr/bin' };
    const said = execFileSync(link, ['init', '--list'], { cwd: '/', env, encoding: 'utf8' });
    expect(said).toContain('lab-sheet\n');
  });
});
