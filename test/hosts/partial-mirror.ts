/** A mirror of Debian with what one image is made of, signed as Debian signs it: on a disk, for a host to serve to itself. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { localHost } from '../../src/host/local-host.ts';
import { loadRecipe } from '../../src/image-build/recipe.ts';
import { withApt } from './apt.ts';
import { kept, sourcesOf } from './cache.ts';
import { makeDisk } from './job-disk.ts';
import type { Mirror } from './mirror.ts';

/** @param image name of the recipe whose packages it is to have */
export async function partialMirrorDisk(checkout: string, image: string, mirror: Mirror): Promise<string> {
  const { suite, packages } = await loadRecipe(image, localHost(), join(checkout, 'images'));
  const made = { suite, packages, by: sourcesOf('partial-mirror.ts', 'apt.ts') };
  const { path } = await kept(`host-mirror-${suite}`, made, async (directory) => {
    const tree = join(directory, 'tree');
    // Nothing is installed.
    const status = join(directory, 'status');
    writeFileSync(status, '');
    await withApt(join(directory, 'apt'), { suite, status, mirror, recommends: false }, async (apt) => {
      const index = join(apt.lists, named(readdirSync(apt.lists), '_main_binary-amd64_Packages'));
      const stanzas = parseIndex(readFileSync(index, 'utf8'));
      const required = stanzas.filter((one) => one.Essential === 'yes' || one.Priority === 'required');
      const names = [...required.map(({ Package }) => Package ?? ''), 'apt', ...packages];
      await apt.run(['--yes', '--download-only', 'install', ...new Set(names)]);
      const suiteDirectory = join(tree, 'debian', 'dists', suite);
      put(join(suiteDirectory, 'InRelease'), join(apt.lists, named(readdirSync(apt.lists), '_InRelease')));
      const indexes = join(suiteDirectory, 'main', 'binary-amd64');
      const digest = createHash('sha256').update(readFileSync(index)).digest('hex');
      put(join(indexes, 'Packages'), index);
      put(join(indexes, 'by-hash', 'SHA256', digest), index);
      const places = new Map(stanzas.map((one) => [archiveName(one), one.Filename ?? '']));
      for (const file of readdirSync(apt.archives).filter((one) => one.endsWith('.deb'))) {
        const place = join(tree, 'debian', places.get(file) ?? '');
        mkdirSync(dirname(place), { recursive: true });
        renameSync(join(apt.archives, file), place);
      }
    });
    await makeDisk(join(directory, 'disk.img'), tree, 1024);
    for (const one of [tree, status]) rmSync(one, { recursive: true });
  });
  return join(path, 'disk.img');
}

type Stanza = Readonly<Record<string, string | undefined>>;

/** The fields of an index of packages that fit on one line. */
function parseIndex(text: string): readonly Stanza[] {
  return text.split('\n\n').map((stanza) => {
    const fields = stanza.split('\n').map((line) => line.split(/: (.*)/, 2));
    return Object.fromEntries(fields);
  });
}

/** As apt names what it has fetched: the colon of an epoch is escaped. */
function archiveName({ Package, Version = '', Architecture }: Stanza): string {
  return `${Package}_${Version.replaceAll(':', '%3a')}_${Architecture}.deb`;
}

function named(names: readonly string[], end: string): string {
  const found = names.find((name) => name.endsWith(end));
  if (found === undefined) throw new Error(`apt has no file named …${end}`);
  return found;
}

function put(place: string, file: string): void {
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(file, place);
}
