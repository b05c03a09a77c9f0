/**
 * The names of labs, VMs, images and the like, for completion in a user's shell: from what the directories show to
 * everyone, without root. Nothing is opened; what cannot be listed has no names.
 */
import { readdir } from 'node:fs/promises';
import { checkpointPlaces, type Roots, shipped } from '../paths.ts';

/** A VM, and the lab that it is in. */
export interface VmName {
  readonly vm: string;
  readonly lab: string;
}

/** The names of the labs on this host. */
export function labNames(roots: Roots): Promise<readonly string[]> {
  return directoriesIn(`${roots.state}/labs`);
}

/** Each VM that has a directory in its lab's, also one that is switched off. */
export async function vmNames(roots: Roots): Promise<readonly VmName[]> {
  const labs = await labNames(roots);
  const found = await Promise.all(
    labs.map(async (lab) =>
      (await directoriesIn(`${roots.state}/labs/${lab}`)).map((vm): VmName => ({ vm, lab })),
    ),
  );
  return found.flat();
}

/** The names of the images in the own store. */
export function imageNames(roots: Roots): Promise<readonly string[]> {
  return filesIn(`${roots.state}/images`, '.json');
}

/** The names of all images that labs can stand on, those of the admin's store among them. */
export async function usableImageNames(roots: Roots): Promise<readonly string[]> {
  const { sharedImages } = roots;
  const shared = sharedImages === undefined ? [] : await filesIn(sharedImages, '.json');
  return [...new Set([...(await imageNames(roots)), ...shared])];
}

/** The names of the recipes that images can be built or pulled from. */
export function recipeNames(): Promise<readonly string[]> {
  return filesIn(shipped.images, '.yaml');
}

/** The names of the lab files that labnet brings along. */
export function templateNames(): Promise<readonly string[]> {
  return filesIn(shipped.labTemplates, '.yaml');
}

/** The names of the checkpoints of all labs; only root may list them. */
export async function checkpointNames(roots: Roots): Promise<readonly string[]> {
  const names = await Promise.all(
    checkpointPlaces(roots).map(async (place) => {
      const labs = await directoriesIn(place);
      return Promise.all(labs.map((lab) => directoriesIn(`${place}/${lab}`)));
    }),
  );
  return [...new Set(names.flat(2))];
}

async function directoriesIn(path: string): Promise<readonly string[]> {
  return (await entriesOf(path)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function filesIn(path: string, end: string): Promise<readonly string[]> {
  return (await entriesOf(path))
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map(({ name }) => name.slice(0, -end.length));
}

/**
 * The entries of a directory in the order of their names, without those that a shell would have to quote, and without
 * what is still being written.
 */
async function entriesOf(path: string) {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter(({ name }) => /^\w[\w.+-]*$/.test(name) && !name.endsWith('.new'))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
