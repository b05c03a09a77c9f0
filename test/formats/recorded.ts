/** The recorded labs: a folder for each labnet that made them, and in it one for each lab. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Recorded {
  /** FOLDER/NAME, for the titles of tests. */
  readonly title: string;
  /** The lab's own name. */
  readonly lab: string;
  /** One of its files; empty when it has none of that name. */
  read(file: string): string;
  /** The names of its files below a directory. */
  below(directory: string): readonly string[];
}

const here = fileURLToPath(new URL('.', import.meta.url));
const directoriesIn = (path: string) =>
  readdirSync(path).filter((name) => statSync(join(path, name)).isDirectory());

export const recorded: readonly Recorded[] = directoriesIn(here)
  .flatMap((folder) => directoriesIn(join(here, folder)).map((name) => `${folder}/${name}`))
  .map((title) => {
    const read = (file: string) => {
      const path = join(here, title, file);
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    };
    const below = (directory: string) => {
      const path = join(here, title, directory);
      const names = existsSync(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
      return names.filter((name) => statSync(join(path, name)).isFile());
    };
    const { lab } = JSON.parse(read('plan.json')) as { readonly lab: string };
    return { title, lab, read, below };
  });

/** labnet was killed as it made this one: the last line of its journal is an intent. */
export function isHalfMade({ read }: Recorded): boolean {
  return read('journal.jsonl').trim().split('\n').at(-1)?.startsWith('{"event":"intent"') === true;
}

/**
 * Its file is there, and the machine id of its host, from which names and numbers are derived, is that of the tests' hosts.
 * Nobody knows the ids of the hosts of 8d3a376.
 */
export function canBePlannedAgain({ title, read }: Recorded): boolean {
  return read('lab.yaml') !== '' && !title.startsWith('8d3a376/');
}
