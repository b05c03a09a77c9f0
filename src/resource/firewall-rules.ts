import { anyOf } from './nft-table.ts';

/** What the rules need to know. */
export interface FirewallInput {
  readonly bridge: string;
  /** "192.168.6.0/24" */
  readonly subnet: string;
  /** Undefined: nothing passes between the lab and other networks. */
  readonly uplink?: string | undefined;
  /** Further links that guests go out by; left out: none. */
  readonly ways?: readonly string[] | undefined;
  /** What of the guests' packets gets another address than masquerade's, in the order of the rules; left out: nothing. */
  readonly sources?: readonly AddressGiven[] | undefined;
  /** Resolvers that are addresses of the host itself: guests may ask them. */
  readonly ownResolvers?: readonly string[] | undefined;
  /** Resolvers that guests were told of, each with the one that the host asks in its place by now. */
  readonly redirected?: readonly { readonly asked: string; readonly now: string }[] | undefined;
  /** The guests are kept off these networks, but for the resolvers and a ping of the uplink's gateway. */
  readonly isolation?: Isolation | undefined;
  /** The host's own ports that guests may connect to: "80/tcp". */
  readonly hostPorts?: readonly string[] | undefined;
}

/** The address that guests' packets get by one link to one network; see `Source` in observe/sources.ts. */
export interface AddressGiven {
  readonly link: string;
  readonly to?: string | undefined;
  readonly address?: string | undefined;
}

export interface Isolation {
  readonly networks: readonly string[];
  readonly resolvers: readonly string[];
  readonly gateway: string;
}

/** The chains of a lab's firewall: NAT, what is forwarded, what reaches the host. */
export function firewallChains(input: FirewallInput): string {
  const { bridge, subnet, uplink, ways = [], hostPorts = [], ownResolvers = [], redirected = [] } = input;
  const links = uplink === undefined ? undefined : anyOf([uplink, ...ways].map((name) => `"${name}"`));
  const out =
    links === undefined
      ? []
      : [...isolate(input), `iifname "${bridge}" oifname ${links} ip saddr ${subnet} accept`];
  const forward = [
    '# With br_netfilter, frames from guest to guest pass here as well.',
    `iifname "${bridge}" oifname "${bridge}" accept`,
    `iifname "${bridge}" ct state established,related accept`,
    `oifname "${bridge}" ct state established,related accept`,
    ...out,
    `iifname "${bridge}" drop`,
    `oifname "${bridge}" drop`,
  ];
  const reach = [
    '# Guests may ping the host and answer it; they open no connection to its services but those the lab names.',
    `iifname "${bridge}" ct state established,related accept`,
    `iifname "${bridge}" meta l4proto icmp accept`,
    ...(ownResolvers.length === 0
      ? []
      : [`iifname "${bridge}" ip daddr ${anyOf(ownResolvers)} ${questions} accept`]),
    ...['tcp', 'udp'].flatMap((protocol) => {
      const ports = hostPorts
        .filter((port) => port.endsWith(`/${protocol}`))
        .map((port) => Number.parseInt(port, 10));
      return ports.length === 0 ? [] : [`iifname "${bridge}" ${protocol} dport ${anyOf(ports)} accept`];
    }),
    `iifname "${bridge}" drop`,
  ];
  return [
    ...(links === undefined ? [] : translation(input, links)),
    ...(redirected.length === 0 ? [] : [redirection(bridge, redirected)]),
    chain('forward', 'type filter hook forward priority filter; policy accept;', forward),
    chain('input', 'type filter hook input priority filter; policy accept;', reach),
  ].join('\n\n');
}

/** Questions about names. */
const questions = 'meta l4proto { tcp, udp } th dport 53';

function redirection(bridge: string, redirected: NonNullable<FirewallInput['redirected']>): string {
  return chain('prerouting', 'type nat hook prerouting priority dstnat; policy accept;', [
    '# The guests were told of resolvers that this host no longer asks.',
    ...redirected.map(
      ({ asked, now }) => `iifname "${bridge}" ip daddr ${asked} ${questions} dnat ip to ${now}`,
    ),
  ]);
}

function translation({ bridge, subnet, sources = [] }: FirewallInput, links: string): readonly string[] {
  const routes = sources.map(({ link, to, address }) => {
    const there = to === undefined ? '' : ` ip daddr ${to}`;
    const given = address === undefined ? 'masquerade' : `snat ip to ${address}`;
    return `ip saddr ${subnet}${there} oifname "${link}" ${given}`;
  });
  return [
    chain('postrouting', 'type nat hook postrouting priority srcnat; policy accept;', [
      "# The outside sees the host's own address instead of the guests'.",
      ...routes,
      `ip saddr ${subnet} oifname ${links} masquerade`,
    ]),
    chain('clamp', 'type filter hook forward priority mangle; policy accept;', [
      '# TCP segments that fit the route, for networks that drop the ICMP messages about it.',
      `iifname "${bridge}" tcp flags syn / syn,rst tcp option maxseg size set rt mtu`,
      `oifname "${bridge}" tcp flags syn / syn,rst tcp option maxseg size set rt mtu`,
    ]),
  ];
}

/** Names still resolve, and the gateway still answers to the probe; nothing else near the host does. */
function isolate({ bridge, isolation }: FirewallInput): readonly string[] {
  if (isolation === undefined) return [];
  const { networks, resolvers, gateway } = isolation;
  const dns = resolvers.filter((resolver) => !resolver.includes(':'));
  return [
    ...(dns.length === 0 ? [] : [`iifname "${bridge}" ip daddr ${anyOf(dns)} ${questions} accept`]),
    ...(gateway === '' ? [] : [`iifname "${bridge}" ip daddr ${gateway} icmp type echo-request accept`]),
    `iifname "${bridge}" ip daddr ${anyOf(networks)} drop`,
  ];
}

function chain(name: string, head: string, rules: readonly string[]): string {
  return [`  chain ${name} {`, ...[head, ...rules].map((line) => `    ${line}`), '  }'].join('\n');
}
