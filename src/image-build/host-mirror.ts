/** Finds the Debian mirror that this host's own apt uses: it is near, it is allowed, and it is known to work. */
import type { Host } from '../host/host.ts';
import { type AptSource, parseDeb822Sources, parseOneLineSources } from './apt-sources.ts';
import type { Mirror } from './recipe.ts';

const release =
  /^(?:buster|bullseye|bookworm|trixie|forky|duke|sid|stable|testing|unstable|(?:old)+stable)(-updates|-security|\/updates)?$/;

/**
 * The first Debian mirror among apt's sources, and the first with security updates; undefined when there is none.
 * A source counts only if suite, component, key and path are Debian's own: many a vendor's path ends in /debian too.
 */
export function debianMirrorOf(sources: readonly AptSource[]): Mirror | undefined {
  let archive: string | undefined;
  let security: string | undefined;
  for (const source of sources.filter(isDebians)) {
    for (const suite of source.suites) {
      const kind = release.exec(suite);
      if (kind === null) continue;
      const base = source.uri.replace(/\/+$/, '');
      if (kind[1] === '-security' || kind[1] === '/updates') security ??= base;
      else archive ??= base;
    }
  }
  if (archive === undefined) return undefined;
  return { archive, ...(security === undefined ? {} : { security }) };
}

/** Reads /etc/apt/sources.list and sources.list.d in apt's order. */
export async function readHostMirror(host: Host, directory = '/etc/apt'): Promise<Mirror | undefined> {
  const sources = [...parseOneLineSources((await host.read(`${directory}/sources.list`)) ?? '')];
  for (const name of await host.list(`${directory}/sources.list.d`)) {
    const parse = name.endsWith('.list')
      ? parseOneLineSources
      : name.endsWith('.sources')
        ? parseDeb822Sources
        : undefined;
    if (parse !== undefined)
      sources.push(...parse((await host.read(`${directory}/sources.list.d/${name}`)) ?? ''));
  }
  return debianMirrorOf(sources);
}

/** The proxies that apt is told to use, as the environment variables that mmdebstrap's apt understands. */
export async function readAptProxy(host: Host): Promise<Readonly<Record<string, string>>> {
  if ((await host.stat('/usr/bin/apt-config')) === undefined) return {};
  const { stdout } = await host.run(['apt-config', 'dump', 'Acquire']);
  const found: Record<string, string> = {};
  for (const [, scheme = '', url = ''] of stdout.matchAll(
    /^Acquire::(https?)::Proxy "(https?:\/\/[^"\s]+)";$/gm,
  )) {
    found[`${scheme}_proxy`] = url;
  }
  return found;
}

function isDebians({ uri, components, signedBy }: AptSource): boolean {
  if (!URL.canParse(uri) || !components.includes('main')) return false;
  const { protocol, pathname, username } = new URL(uri);
  // An address with a password must not get into an image's sources.list.
  if (!/^https?:$/.test(protocol) || username !== '') return false;
  if (signedBy !== undefined) return /(^|\/)debian-archive-[a-z-]*\.(gpg|pgp|asc)$/.test(signedBy);
  return /(^|\/)debian(-security)?(\/|$)/.test(pathname);
}
