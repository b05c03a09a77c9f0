/**
 * A link that somebody renames keeps its settings and its number. What labnet wrote under the former name is then
 * found, and put back, under the new one.
 */
import type { Host } from '../host/host.ts';
import { readLinks } from '../observe/links.ts';
import { settingFile, settingKey } from '../observe/setting-file.ts';

const ofLink = /^(\/proc\/sys\/net\/ipv4\/conf\/)([^/]+)(\/.*)$/;

/** The numbers of the links whose settings these are, by key. */
export async function numbersOf(keys: readonly string[], host: Host): Promise<ReadonlyMap<string, number>> {
  if (keys.every((key) => linkOf(key) === undefined)) return new Map();
  const numbers = new Map((await readLinks(host)).map(({ name, index }) => [name, index]));
  return new Map(
    keys.flatMap((key) => {
      const number = numbers.get(linkOf(key) ?? '');
      return number === undefined ? [] : [[key, number] as const];
    }),
  );
}

/**
 * The keys under which these settings are found now, by their former keys, where their links have been renamed.
 *
 * @param keys settings that the kernel does not have any more
 * @param known the numbers that links had, by the same keys; nothing is asked where there is none
 */
export async function movedKeys(
  keys: readonly string[],
  known: ReadonlyMap<string, number>,
  host: Host,
): Promise<ReadonlyMap<string, string>> {
  const numbered = keys.filter((key) => known.has(key));
  if (numbered.length === 0) return new Map();
  const names = new Map((await readLinks(host)).map(({ name, index }) => [index, name]));
  return new Map(
    numbered.flatMap((key) => {
      const name = names.get(known.get(key));
      return name === undefined || name === linkOf(key) ? [] : [[key, forLink(key, name)] as const];
    }),
  );
}

/** The link whose setting a key is; undefined for the setting of none, or of all. */
function linkOf(key: string): string | undefined {
  const name = ofLink.exec(settingFile(key))?.[2];
  return name === 'all' || name === 'default' ? undefined : name;
}

/** The key of the same setting for another link. */
function forLink(key: string, name: string): string {
  return settingKey(
    settingFile(key).replace(ofLink, (_, before: string, __, after: string) => before + name + after),
  );
}
