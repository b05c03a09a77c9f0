/** The rules of a host as far as they decide about a packet, whichever tool wrote them. */

/** One packet, or one kind of packets, on its way through a host. */
export interface Packet {
  /** What the packet is, for people: "from br0 to eth0". */
  readonly name: string;
  /** Where in the kernel rules decide about the packet. */
  readonly hook: 'forward' | 'input';
  /** The families whose chains see it there: `bridge` for frames from port to port. */
  readonly families: readonly string[];
  readonly iif: string;
  /** The link that the packet leaves by; undefined when it ends at this host. */
  readonly oif: string | undefined;
  /** The bridge of the incoming port, for frames. */
  readonly bridge?: string | undefined;
  /** Whether the packet goes from port to port of a bridge, and comes to rules for IP by way of br_netfilter. */
  readonly bridged: boolean;
  readonly saddr: string;
  readonly daddr: string;
  readonly protocol: 'tcp' | 'udp';
  readonly sport: number;
  readonly dport: number;
  readonly state: 'new' | 'established';
}

/** Whether a packet matches; undefined where these readers cannot tell. */
export type Test = (packet: Packet) => boolean | undefined;

/** What a rule does with a packet that it matches. */
export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'unknown' }
  | { readonly kind: 'jump' | 'goto'; readonly target: string };

/** A rule with a verdict: it matches a packet when all its tests hold. */
export interface Rule {
  readonly tests: readonly Test[];
  readonly verdict: Verdict;
  /** The rule as its tool prints it. */
  readonly text: string;
}

/** The tool that speaks the language of a table. */
export type Tool = 'nft' | 'iptables-nft' | 'iptables-legacy';

/** A chain of rules of one table. */
export interface Chain {
  readonly tool: Tool;
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Where in the kernel a base chain is called; undefined for any other chain. */
  readonly hook: string | undefined;
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly Rule[];
}

/** All chains of a host, or of a network namespace. */
export type Ruleset = readonly Chain[];

/** What stops a packet. */
export interface Stop {
  readonly chain: Chain;
  /** The base chain from which it came there. */
  readonly base: Chain;
  /** The rule that drops the packet; undefined when the policy of the chain does. */
  readonly rule: Rule | undefined;
}

/** What stops a packet, in words: "ip filter FORWARD: policy drop". */
export function stopText({ chain, rule }: Stop): string {
  const tool = chain.tool === 'iptables-legacy' ? ' (iptables-legacy)' : '';
  return `${chain.family} ${chain.table} ${chain.name}${tool}: ${rule?.text ?? 'policy drop'}`;
}
