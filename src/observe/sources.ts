/** Which address the host's own packets have on each way, where masquerade would give those of guests another. */
import { isIPv4 } from 'node:net';
import { contains, within } from '../lab/addressing.ts';
import * as z from '../zod.ts';
import type { Route } from './routes.ts';

/** The source address of the host's own packets by one link to one network. */
export interface Source {
  readonly link: string;
  /** The network, as "203.0.113.0/24"; left out: all that no entry before this one names. */
  readonly to?: string | undefined;
  /** The source address; left out: the one that masquerade takes. */
  readonly address?: string | undefined;
}

const links = z.array(
  z.looseObject({
    ifname: z.string().optional(),
    addr_info: z
      .array(
        z.looseObject({
          family: z.string(),
          local: z.string().optional(),
          /** The address of the other end of a link from point to point. */
          address: z.string().optional(),
          prefixlen: z.number().default(32),
          scope: z.string().optional(),
          secondary: z.boolean().default(false),
        }),
      )
      .default([]),
  }),
);

type Addresses = ReadonlyMap<string, readonly { readonly address: string; readonly network: string }[]>;

/**
 * The most routes of one link that are looked at: of more, those that lead elsewhere by a router are left out, except
 * the default one.
 */
const mostRoutes = 64;

/**
 * The source addresses that routes give by `src` (ip-route(8)), link by link, from the narrowest network to the widest;
 * nothing of a link where masquerade takes the same address anyway.
 *
 * @param shown what `ip -json address show` prints
 */
export function sourcesIn(routes: readonly Route[], shown: string): readonly Source[] {
  const addresses = addressesOf(shown);
  const found = new Map<string, Map<string, Source & { readonly to: string; readonly isFar: boolean }>>();
  for (const { dst, type = 'unicast', table = 'main', prefsrc, nexthops, ...hop } of inOrder(routes)) {
    if (type !== 'unicast' || table === 'local') continue;
    for (const { dev, gateway } of [hop, ...nexthops]) {
      if (dev === undefined || dev === 'lo') continue;
      const to = dst === 'default' ? '0.0.0.0/0' : dst.includes('/') ? dst : `${dst}/32`;
      const ofLink = found.get(dev) ?? new Map();
      found.set(dev, ofLink);
      if (ofLink.has(to)) continue;
      const isTaken = prefsrc === undefined || prefsrc === masqueraded(addresses, dev, gateway);
      const isFar = dst !== 'default' && gateway !== undefined;
      ofLink.set(to, { link: dev, to, isFar, ...(isTaken ? {} : { address: prefsrc }) });
    }
  }
  return [...found.values()].flatMap((ofLink) => {
    const all = [...ofLink.values()];
    const few = all.length <= mostRoutes ? all : all.filter(({ isFar }) => !isFar);
    return needed(few.slice(0, mostRoutes));
  });
}

/** The routes with those of the main table first, which counts where no rule leads elsewhere. */
function inOrder(routes: readonly Route[]): readonly Route[] {
  const isMain = ({ table = 'main' }: Route) => table === 'main';
  return [...routes.filter(isMain), ...routes.filter((route) => !isMain(route))];
}

/**
 * The entries of a link from the narrowest network to the widest, without those that the next wider one says as well.
 */
function needed(ofLink: readonly (Source & { readonly to: string })[]): readonly Source[] {
  const prefixOf = (to: string) => Number(to.split('/')[1]);
  const wideToNarrow = [...ofLink].sort((a, b) => prefixOf(a.to) - prefixOf(b.to));
  const kept: (typeof ofLink)[number][] = [];
  for (const one of wideToNarrow) {
    const around = kept.filter(({ to }) => within(one.to, to)).at(-1);
    if (around?.address !== one.address) kept.push(one);
  }
  return kept.reverse().map(({ link, to, address }) => ({
    link,
    ...(to === '0.0.0.0/0' ? {} : { to }),
    ...(address === undefined ? {} : { address }),
  }));
}

/**
 * The address that masquerade takes, chosen as the kernel does it (inet_select_addr in net/ipv4/devinet.c): the one
 * that shares a network with the router, else the first.
 */
function masqueraded(addresses: Addresses, link: string, gateway: string | undefined): string | undefined {
  const ofLink = addresses.get(link) ?? [];
  const near = ofLink.find(
    ({ network }) => gateway !== undefined && isIPv4(gateway) && contains(network, gateway),
  );
  return (near ?? ofLink[0])?.address;
}

function addressesOf(shown: string): Addresses {
  return new Map(
    links.parse(JSON.parse(shown || '[]')).flatMap(({ ifname, addr_info }) => {
      const own = addr_info.flatMap(
        ({ family, local, address = local, prefixlen, scope = 'global', secondary }) =>
          family !== 'inet' || local === undefined || secondary || scope !== 'global'
            ? []
            : [{ address: local, network: `${address}/${prefixlen}` }],
      );
      return ifname === undefined ? [] : [[ifname, own] as const];
    }),
  );
}
