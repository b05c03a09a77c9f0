/**
 * A link that somebody renames keeps its settings and its number. What labnet wrote under the former name is then found, and
 * put back, under the new one.
 */
import type { Host } from '../host/host.ts';
import { settingFile, settingKey } from '../observe/setting-file.ts';
import * as z from '../zod.ts';

const shown = z.array(z.looseObject({ ifindex: z.int().optional(), ifname: z.string().optional() }));

/** The numbers of the host's links by their names. */
export async function linkNumbers(host: Pick<Host, 'run'>): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await host.run(['ip', '-details', '-json', 'address', 'show']);
  return new Map(
    shown
      .parse(JSON.parse(stdout || '[]'))
      .flatMap(({ ifname, ifindex }) =>
        ifname === undefined || ifindex === undefined ? [] : [[ifname, ifindex]],
      ),
  );
}

const ofLink = /^(\/proc\/sys\/net\/ipv4\/conf\/)([^/]+)(\/.*)$/;

/** The numbers of the links whose settings these are, by key. */
export async function numbersOf(
  keys: readonly string[],
  host: Pick<Host, 'run'>,
): Promise<ReadonlyMap<string, number>> {
  if (keys.every((key) => linkOf(key) === undefined)) return new Map();
  const numbers = await linkNumbers(host);
  return new Map(
    keys.flatMap((key) => {
      const number = numbers.get(linkOf(key) ?? '');
      return number === undefined ? [] : [[key, number] as const];
    }),
  );
}

/** The link whose setting a key is; undefined for the setting of none, or of all. */
function linkOf(key: string): string | undefined {
  const name = ofLink.exec(settingFile(key))?.[2];
  return name === 'all' || name === 'default' ? undefined : name;
}

/** The same setting of another link. */
function forLink(key: string, name: string): string {
  return settingKey(
    settingFile(key).replace(ofLink, (_, before: string, __, after: string) => before + name + after),
  );
}

/**
 * Under which key each of these settings is found now, where its link has another name.
 *
 * @param keys settings that the kernel does not have any more
 * @param known the numbers that their links had, by the same keys
 */
export function movedKeys(
  keys: readonly string[],
  known: ReadonlyMap<string, number>,
  numbers: ReadonlyMap<string, number>,
): ReadonlyMap<string, string> {
  const names = new Map([...numbers].map(([name, number]) => [number, name]));
  return new Map(
    keys.flatMap((key) => {
      const name = names.get(known.get(key) ?? 0);
      return name === undefined || name === linkOf(key) ? [] : [[key, forLink(key, name)] as const];
    }),
  );
}
