import type { Host } from '../host/host.ts';

/** A link that labnet is about to make, as systemd-networkd would look at it. */
export interface FutureLink {
  readonly name: string;
  readonly kind: 'bridge' | 'tun';
}

/** A .network file that claims a link. */
export interface Claim {
  readonly path: string;
  readonly link: string;
}

/** The directories of .network files, in the order in which a file hides one of the same name (systemd.network(5)). */
const directories = [
  '/etc/systemd/network',
  '/run/systemd/network',
  '/usr/local/lib/systemd/network',
  '/usr/lib/systemd/network',
  '/lib/systemd/network',
];

/**
 * The first .network file, by name, that matches each link: systemd-networkd configures such a link, and takes off the
 * addresses that it did not give itself.
 */
export async function readNetworkdClaims(
  host: Host,
  links: readonly FutureLink[],
): Promise<readonly Claim[]> {
  const files = new Map<string, string>();
  for (const directory of directories) {
    for (const name of await host.list(directory)) {
      if (name.endsWith('.network') && !files.has(name)) files.set(name, `${directory}/${name}`);
    }
  }
  const ordered = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  const texts = await Promise.all(
    ordered.map(async (path) => ({ path, text: (await host.read(path)) ?? '' })),
  );
  return links.flatMap((link) => {
    const first = texts.find(({ text }) => matches(text, link));
    return first === undefined || isUnmanaged(first.text) ? [] : [{ path: first.path, link: link.name }];
  });
}

/**
 * Whether a .network file matches a link: one without text is masked; one without conditions is for every link
 * (systemd.network(5), [Match]).
 */
export function matches(text: string, link: FutureLink): boolean {
  if (text.trim() === '') return false;
  const conditions = settingsOf(text, 'Match');
  return [...conditions].every(([key, values]) => {
    const words = values.flatMap((value) => value.split(/\s+/)).filter((word) => word !== '');
    if (key === 'Name') return matchesAny(words, [link.name]);
    if (key === 'Type') return matchesAny(words, link.kind === 'bridge' ? ['bridge'] : ['ether', 'tun']);
    if (key === 'Kind' || key === 'Driver') return matchesAny(words, [link.kind]);
    // Other conditions (a MAC, a path, a host) do not fit a link that does not exist yet, as far as can be told.
    return false;
  });
}

function isUnmanaged(text: string): boolean {
  const [value = ''] = settingsOf(text, 'Link').get('Unmanaged')?.slice(-1) ?? [];
  return /^(1|yes|true|on|y|t)$/i.test(value);
}

/** Whether one of some shell globs matches one of some names; a leading `!` turns all of the globs round. */
function matchesAny(words: readonly string[], names: readonly string[]): boolean {
  const [first = ''] = words;
  const negated = first.startsWith('!');
  const globs = negated ? [first.slice(1), ...words.slice(1)] : words;
  const found = globs.some((glob) => names.some((name) => globExpression(glob).test(name)));
  return found !== negated;
}

function globExpression(glob: string): RegExp {
  const escaped = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped.replaceAll('[!', '[^')}$`);
}

/** The values of each key of a section; an empty one takes back what was before it. */
function settingsOf(text: string, wanted: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, readonly string[]>();
  let section = '';
  for (const line of text.split('\n')) {
    const [, name] = /^\[(.+)\]\s*$/.exec(line) ?? [];
    if (name !== undefined) section = name;
    const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section !== wanted || key === undefined || value === undefined) continue;
    if (value === '') settings.delete(key);
    else settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return settings;
}
