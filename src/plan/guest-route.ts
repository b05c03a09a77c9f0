/** How guests go out: by which links, under which address, and to which resolvers. */
import type { FirewallSpec } from '../resource/firewall.ts';
import type { HostFacts } from './facts.ts';

/** All links that these rules let guests out by. */
export function linksOf({ uplink, ways = [] }: Pick<FirewallSpec, 'uplink' | 'ways'>): readonly string[] {
  return uplink === undefined ? [] : [uplink, ...ways];
}

/** Which resolver a guest's question to each that it was told of goes to. */
export function askedOf(resolver: string, { redirected = [] }: Pick<FirewallSpec, 'redirected'>): string {
  return redirected.find(({ asked }) => asked === resolver)?.now ?? resolver;
}

/** Where guests' packets need an address that masquerade would not give. */
export function sourcesOf(
  route: Pick<FirewallSpec, 'uplink' | 'ways'>,
  sources: HostFacts['sources'],
): Pick<FirewallSpec, 'sources'> {
  const links = linksOf(route);
  const found = sources.filter(({ link }) => links.includes(link));
  return found.length === 0 ? {} : { sources: found };
}

/** Resolvers that are the host's own addresses, where its rules for guests would stop the question. */
export function ownResolvers(
  resolvers: readonly string[],
  addresses: readonly string[],
): Pick<FirewallSpec, 'ownResolvers'> {
  const own = resolvers.filter((resolver) => addresses.includes(resolver));
  return own.length === 0 ? {} : { ownResolvers: own };
}
