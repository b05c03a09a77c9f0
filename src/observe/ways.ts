/** By which links this host reaches other machines. Read-only, and possible without root. */

import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';
import { type Link, parseLinks } from './links.ts';
import { readRoutes } from './routes.ts';
import { type Source, sourcesIn } from './sources.ts';

const names = z.array(
  z.looseObject({ ifname: z.string().optional(), altnames: z.array(z.string()).default([]) }),
);

/** A link of the host under the name that the kernel lists it by, and its further ones (ip-link(8), "altname"). */
export interface LinkNames {
  readonly name: string;
  readonly others: readonly string[];
}

/** How this host reaches other machines. */
export interface Ways {
  /**
   * The links that a route leads through in any table, in the order of the routes; none of networks inside this host.
   */
  readonly links: readonly string[];
  /** The host's own IPv4 addresses, those of 127.0.0.0/8 apart. */
  readonly addresses: readonly string[];
  readonly names: readonly LinkNames[];
  readonly sources: readonly Source[];
}

/**
 * Reads by which links this host reaches other machines.
 *
 * @param resolvers what the host asks for names; the link to one counts as a way even where it leads to a network
 *   inside the host, as a container's
 */
export async function readWays(host: Host, resolvers: readonly string[]): Promise<Ways> {
  const [routing, shown, ...asked] = await Promise.all([
    host.run(['ip', '-json', '-4', 'route', 'show', 'table', 'all']),
    host.run(['ip', '-details', '-json', 'address', 'show']),
    ...resolvers.map((address) =>
      host.run(['ip', '-json', '-4', 'route', 'get', address], { accept: [0, 2] }),
    ),
  ]);
  const links = parseLinks(shown.stdout);
  const toResolvers = asked
    .flatMap(({ status, stdout }) => (status === 0 ? readRoutes(stdout) : []))
    .flatMap(({ dev, type }) => (dev === undefined || dev === 'lo' || type === 'local' ? [] : [dev]));
  return {
    links: [...new Set([...waysIn(routing.stdout, links), ...toResolvers])],
    addresses: links
      .flatMap(({ addresses }) => addresses.map((address) => address.split('/')[0] ?? ''))
      .filter((address) => !address.startsWith('127.')),
    names: names
      .parse(JSON.parse(shown.stdout || '[]'))
      .flatMap(({ ifname, altnames }) => (ifname === undefined ? [] : [{ name: ifname, others: altnames }])),
    sources: sourcesIn(readRoutes(routing.stdout), shown.stdout),
  };
}

/**
 * The links by which this host reaches other machines, in the order of the routes.
 *
 * @param json what `ip -json -4 route show table all` prints
 * @param links all links of the host
 */
export function waysIn(json: string, links: readonly Link[]): readonly string[] {
  const inside = new Set(links.filter((link) => isInside(link, links)).map(({ name }) => name));
  const found = readRoutes(json).flatMap(({ dst, type, dev, gateway, via, nexthops }) => {
    if (type !== undefined && type !== 'unicast') return [];
    const far = dst === 'default' || (gateway ?? via) !== undefined || nexthops.length > 0;
    return [dev, ...nexthops.map((one) => one.dev)].filter(
      (name) => name !== undefined && name !== 'lo' && (far || !inside.has(name)),
    );
  });
  return [...new Set(found)].filter((name) => name !== undefined);
}

/**
 * Whether a link leads to a network inside this host: a bridge without a card does, as of another lab, of containers or
 * of libvirt; and a cable without an address of its own, which leads into a container. What is routed further through
 * such a link counts as a way all the same.
 */
function isInside({ name, kind, addresses }: Link, links: readonly Link[]): boolean {
  if (kind === 'bridge')
    return links.every((port) => port.master !== name || ['tun', 'veth'].includes(port.kind ?? ''));
  return kind === 'veth' && addresses.length === 0;
}
