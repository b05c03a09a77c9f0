/** A lab's way out where the host's own has changed since: cable to Wi-Fi, a VPN, another network with other resolvers. */
import type { FirewallSpec } from '../resource/firewall.ts';
import type { ForwardingSpec } from '../resource/forwarding.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { canonical } from '../text/canonical.ts';
import type { HostFacts } from './facts.ts';
import { askedOf, linksOf, ownResolvers, sourcesOf } from './guest-route.ts';
import { localNetworks } from './local-networks.ts';
import { mapSpecs, type Plan, specsOf } from './plan.ts';

/** What status and repair call it. */
export const wayOut = 'way-out';

/** What gives a lab what cannot be given to it as it is. */
export const anew = (lab: string) => `sudo labnet destroy ${lab}, then provision`;

/** What of a host a lab's way out hangs on, as it is now. */
export type WayOut = Pick<
  HostFacts,
  'uplink' | 'ways' | 'sources' | 'addresses' | 'links' | 'localNetworks' | 'resolvers'
>;

export interface Followed {
  /** The plan with the way out as the host has it now; the very same plan where nothing differs. */
  readonly plan: Plan;
  /** What guests would miss, in words. */
  readonly differences: readonly string[];
  /** What they miss that the lab cannot be given: it was made without any way out, and its guests were told of none. */
  readonly lacking?: string;
}

/**
 * Guests go where the host goes. Nothing differs for a host that has no way out at the moment or names no resolver, since
 * there is none to follow, nor for what the lab file settles: there the guests have what was asked for.
 */
export function followWayOut(plan: Plan, ofHost: WayOut): Followed {
  const now = asSeen(plan, ofHost);
  const { follows, uplink } = plan.network;
  const rules = specsOf(plan).find((spec) => spec.kind === 'firewall');
  const router = specsOf(plan).find((spec) => spec.kind === 'forwarding');
  if (follows === undefined || rules === undefined || now.uplink === null) return { plan, differences: [] };
  if (uplink === undefined) {
    if (!follows.uplink) return { plan, differences: [] };
    const lacking = `this host goes out by ${now.uplink.name} now, and had no way out when the lab was made`;
    return { plan, differences: [], lacking };
  }
  const differences = [
    ...(follows.uplink ? missingLinks(rules, router, now) : []),
    ...(follows.uplink ? goneLinks(rules, router, now) : []),
    ...(follows.uplink ? otherRouter(plan, rules, now) : []),
    ...otherSources(rules, now),
    ...openNetworks(rules, now),
    ...(follows.resolvers ? otherResolvers(plan, rules, now) : []),
  ];
  return { plan: differences.length === 0 ? plan : rerouted(plan, rules, now), differences };
}

/** What takes the lab of a user out goes where the PC goes by itself: the lab has the router that it was made with. */
function asSeen(plan: Plan, now: WayOut): WayOut {
  const { uplink } = plan.network;
  const isUsers = specsOf(plan).some(({ kind }) => kind === 'uplink');
  if (!isUsers || now.uplink === null || uplink === undefined) return now;
  return { ...now, uplink: { ...now.uplink, ...uplink }, sources: [] };
}

/** A link counts when both let packets pass: a run that follows the host may have been killed between the two. */
function missingLinks(
  rules: FirewallSpec,
  router: ForwardingSpec | undefined,
  { uplink, ways }: WayOut,
): readonly string[] {
  const forwarded = router && linksOf(router);
  const known = linksOf(rules).filter((name) => forwarded?.includes(name) !== false);
  const [main] = uplink === null || known.includes(uplink.name) ? [] : [uplink.name];
  const further = ways.filter((name) => name !== main && !known.includes(name));
  const guests = `guests only by ${known.join(', ')}`;
  return [
    ...(main === undefined ? [] : [`this host goes out by ${main} now, its ${guests}`]),
    ...(further.length === 0 ? [] : [`this host goes by ${further.join(', ')} too, its ${guests}`]),
  ];
}

/** The kernel takes the settings of a link that goes with it: nothing of it can be set right. */
function goneLinks(
  rules: FirewallSpec,
  router: ForwardingSpec | undefined,
  { links }: WayOut,
): readonly string[] {
  if (links === undefined) return [];
  const known = new Set([...linksOf(rules), ...(router === undefined ? [] : linksOf(router))]);
  const gone = [...known].filter((name) => !links.some((link) => link.name === name));
  return gone.length === 0 ? [] : [`${gone.join(', ')}, by which guests could go, is not there any more`];
}

/** Guests go on by the same link; what asks the router, to tell where the way ends, must ask the one of now. */
function otherRouter({ network }: Plan, { isolation }: FirewallSpec, { uplink }: WayOut): readonly string[] {
  const known = network.uplink;
  // Of a lab that is kept off the networks near it, its rules tell.
  if (known === undefined || uplink === null || uplink.name !== known.name || isolation !== undefined)
    return [];
  if (uplink.gateway === known.gateway) return [];
  return [`the router of ${known.name} is ${uplink.gateway || 'none'} now, not ${known.gateway || 'none'}`];
}

/** By links that guests go by already. */
function otherSources(rules: FirewallSpec, now: WayOut): readonly string[] {
  const { sources = [] } = sourcesOf(rules, now.sources);
  return linksOf(rules).flatMap((name) => {
    const of = (list: FirewallSpec['sources']) => list?.filter(({ link }) => link === name) ?? [];
    if (canonical(of(sources)) === canonical(of(rules.sources))) return [];
    const told = of(sources).map(
      ({ address, to }) => `${address ?? 'its own'}${to === undefined ? '' : ` to ${to}`}`,
    );
    return [
      `this host's own packets have another address by ${name} now (${told.join(', ') || 'its own'}), not those of its guests`,
    ];
  });
}

function openNetworks({ isolation }: FirewallSpec, now: WayOut): readonly string[] {
  if (isolation === undefined) return [];
  const open = localNetworks(now.localNetworks).filter((one) => !isolation.networks.includes(one));
  const gateway = now.uplink?.gateway ?? '';
  return [
    ...(open.length === 0
      ? []
      : [`this host is in ${open.join(', ')} now, and its guests are not kept off it`]),
    ...(gateway === isolation.gateway || gateway === ''
      ? []
      : [`the gateway is ${gateway} now, not ${isolation.gateway}`]),
  ];
}

/** In which order they are asked makes no difference: guests ask the same ones. */
function otherResolvers({ network }: Plan, rules: FirewallSpec, { resolvers }: WayOut): readonly string[] {
  const asked = network.resolvers.map((resolver) => askedOf(resolver, rules));
  if (resolvers.length === 0 || asked.every((resolver) => resolvers.includes(resolver))) return [];
  return [`this host asks ${resolvers.join(', ')} for names now, its guests ${asked.join(', ')}`];
}

/** Links of before stay, as long as they are there: a laptop goes from one to the other and back. */
function rerouted(plan: Plan, rules: FirewallSpec, now: WayOut): Plan {
  const { network } = plan;
  const uplink = network.follows?.uplink && now.uplink !== null ? now.uplink : network.uplink;
  if (uplink === undefined) return plan;
  const there = (name: string) => now.links === undefined || now.links.some((link) => link.name === name);
  const ways = [...new Set([...now.ways, ...linksOf(rules)])].filter(
    (name) => name !== uplink.name && there(name),
  );
  const further = ways.length === 0 ? undefined : ways;
  const route = { uplink: uplink.name, ways: network.follows?.uplink ? further : rules.ways };
  const redirected = redirections(plan, now);
  const asked = network.resolvers.map((resolver) => askedOf(resolver, { redirected }));
  const own = ownResolvers(asked, [...now.addresses, network.address]).ownResolvers;
  const change = (spec: ResourceSpec): ResourceSpec => {
    if (spec.kind === 'forwarding') return pruned<ForwardingSpec>({ ...spec, ...route });
    if (spec.kind !== 'firewall') return spec;
    const isolation = spec.isolation && {
      networks: localNetworks(now.localNetworks),
      resolvers: asked,
      gateway: uplink.gateway,
    };
    return pruned<FirewallSpec>({
      ...spec,
      ...route,
      sources: sourcesOf(route, now.sources).sources,
      isolation,
      ownResolvers: own,
      redirected: redirected.length === 0 ? undefined : redirected,
    });
  };
  return {
    ...mapSpecs(plan, change),
    canary: { ...plan.canary, tries: plan.canary.tries.flatMap((one) => toGateway(one, uplink.gateway)) },
    network: pruned({ ...network, uplink: { name: uplink.name, gateway: uplink.gateway }, ways: route.ways }),
  };
}

/** Each resolver that guests were told of and the host no longer asks, with one that it asks instead. */
function redirections({ network }: Plan, { resolvers }: WayOut): NonNullable<FirewallSpec['redirected']> {
  if (network.follows?.resolvers !== true || resolvers.length === 0) return [];
  return network.resolvers.flatMap((asked, index) => {
    const now = resolvers[index % resolvers.length];
    return now === undefined || resolvers.includes(asked) ? [] : [{ asked, now }];
  });
}

function toGateway<T extends Plan['canary']['tries'][number]>(one: T, gateway: string): readonly T[] {
  if (one.to !== 'gateway') return [one];
  const { argv, patient } = one;
  const to = (words: readonly string[]) => [...words.slice(0, -1), gateway];
  return gateway === '' ? [] : [{ ...one, argv: to(argv), ...(patient && { patient: to(patient) }) }];
}

/** Without the keys that say nothing, so that a spec is the same as one that never had them. */
function pruned<T extends object>(spec: T): T {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as T;
}
