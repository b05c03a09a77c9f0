/** What each argument and each flag of the command line can be given. */
import type { Command } from 'commander';
import {
  checkpointNames,
  imageNames,
  labNames,
  recipeNames,
  templateNames,
  usableImageNames,
  vmNames,
} from '../host/names.ts';
import type { Roots } from '../paths.ts';
import { described, explained } from './known-words.ts';

/** A word that can be given, and what it means. */
export interface Value {
  readonly value: string;
  readonly about?: string | undefined;
}

/** Lists the values that can be given, or tells that they are files or directories. */
export type Source = (roots: Roots) => Promise<readonly Value[] | 'files' | 'directories'>;

const named =
  (list: (roots: Roots) => Promise<readonly string[]>) =>
  async (roots: Roots): Promise<readonly Value[]> =>
    (await list(roots)).map((value) => ({ value }));

const files: Source = async () => 'files';
const directories: Source = async () => 'directories';
/** The source of values that only the user knows: it lists none. */
const anything: Source = async () => [];

const labs = named(labNames);
const vms = async (roots: Roots): Promise<readonly Value[]> =>
  (await vmNames(roots)).map(({ vm, lab }) => ({ value: vm, about: `of the lab ${lab}` }));
const recipes = named(recipeNames);
const images = named(imageNames);

/**
 * The sources by the name of the argument or the long flag; with the command before it, and its group, where one name
 * means several things.
 */
const sources: Readonly<Record<string, Source>> = {
  lab: labs,
  '--lab': labs,
  vm: vms,
  words: async (roots) => [...(await labs(roots)), ...(await vms(roots))],
  command: anything,
  file: files,
  '--facts': files,
  '--out': directories,
  '--vms': anything,
  '--wait': anything,
  '--patience': anything,
  '--tail': anything,
  '--mirror': anything,
  '--url': anything,
  '--sums': anything,
  '--name': anything,
  '--format': named(async () => ['qcow2', 'raw']),
  '--template': named(templateNames),
  what: named(explained),
  'schema command': named(described),
  'build name': recipes,
  'pull name': recipes,
  'remove name': images,
  'info name': named(usableImageNames),
  'make name': anything,
  'checkpoint remove name': named(checkpointNames),
  'restore name': named(checkpointNames),
};

/** The source of the values of an argument or a flag; undefined where there is none. */
export function sourceOf(command: Command, key: string): Source | undefined {
  const known = `${command.name()} ${key}`;
  return sources[`${command.parent?.name()} ${known}`] ?? sources[known] ?? sources[key];
}
