/** Every program that labnet starts comes with a package that its own depends on, recommends or suggests. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { relations } from '../../../packaging/relations.ts';
import { packageOf } from '../../../src/host/programs.ts';

const { depends, recommends, suggests } = relations('>=18.19');

/** The first words of argument lists, by the files they stand in; some of them are no programs. */
const firstWords = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => {
    const text = readFileSync(join('src', name), 'utf8');
    const found = text.matchAll(/(?:\[|\b(?:run|saved|inside|startHolder)\()\s*'([a-z0-9][\w.+-]*)'/g);
    return [...found].map(([, word = '']) => ({ file: name, word }));
  });

/** What only looks like a program: names of things and of JSON members. */
const words = ['bridge', 'chpasswd', 'hostname', 'init', 'kvm', 'size', 'stat', 'users'];

interface Program {
  readonly file: string;
  readonly program: string;
  readonly package: string;
}

/** As this machine's dpkg knows them. */
async function startedPrograms(): Promise<readonly Program[]> {
  const names = [...new Set(firstWords.map(({ word }) => word))].filter((word) => !words.includes(word));
  const places = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];
  const paths = names.flatMap((name) => places.map((place) => `${place}/${name}`));
  // It tells those that no package has on standard error, and ends with 1.
  const { stdout } = await execa('dpkg-query', ['--search', ...paths], { reject: false });
  const owners = new Map(
    [...stdout.matchAll(/^([^:,\s]+)(?::\w+)?: .*\/([^/\n]+)$/gm)].map(([, owner = '', name = '']) => [
      name,
      owner,
    ]),
  );
  return firstWords.flatMap(({ file, word }) => {
    const owner = owners.get(word);
    return owner === undefined || words.includes(word) ? [] : [{ file, program: word, package: owner }];
  });
}

async function isEssential(name: string): Promise<boolean> {
  const { stdout } = await execa('dpkg-query', ['--show', '--showformat', '${Essential}', name]);
  return stdout === 'yes';
}

/** Files that a lab of a stored image never comes to. */
const forImages = /^image(?:-build)?\/|^preflight\/packages\.ts$/;
/** What is started only where its owner is: Docker brings iptables along. */
const ofNeighbours = ['iptables', 'network-manager', 'systemd'];

test('every program is found', async () => {
  const found = new Set((await startedPrograms()).map(({ program }) => program));
  expect(found.size).toBeGreaterThan(35);
  for (const program of ['ip', 'nft', 'umount', 'qemu-img', 'mmdebstrap', 'iptables-nft-save', 'dd'])
    expect(found).toContain(program);
});

test('those of the main job are depended on, those that make images recommended, those of neighbours suggested', async () => {
  const missing: string[] = [];
  for (const { file, program, package: owner } of await startedPrograms()) {
    // What takes the labs of users out, of which one is enough.
    const isUsers = recommends.some((one) => one.split(' | ').includes(owner));
    const lists = isUsers
      ? [owner]
      : forImages.test(file)
        ? [...depends, ...recommends]
        : ofNeighbours.includes(owner)
          ? suggests
          : depends;
    if (!lists.includes(owner) && !(await isEssential(owner)))
      missing.push(`${file}: ${program} of ${owner}`);
  }
  expect(missing).toEqual([]);
});

test('labnet’s own table of packages is dpkg’s', async () => {
  const wrong = (await startedPrograms()).filter(
    ({ program, package: owner }) => program in packageOf && packageOf[program] !== owner,
  );
  expect(wrong).toEqual([]);
});

test('nothing essential is listed, nothing twice, and Node by its version', async () => {
  const all = [...depends, ...recommends, ...suggests];
  expect(new Set(all).size).toBe(all.length);
  expect(depends).toContain('nodejs (>= 18.19)');
  for (const name of ['util-linux', 'coreutils', 'perl-base']) expect(all).not.toContain(name);
  expect(recommends).toContain('passt | slirp4netns');
  expect(() => relations('20')).toThrow('>=VERSION');
});
