/** The rules of a host as far as they decide about a packet, whichever tool wrote them. */

/** One packet, or one kind of packets, on its way through a host. */
export interface Packet {
  /** "a new connection from the lab to eth0" */
  readonly name: string;
  /** Where in the kernel it is decided about. */
  readonly hook: 'forward' | 'input';
  /** The families whose chains see it there: `bridge` for frames from port to port. */
  readonly families: readonly string[];
  readonly iif: string;
  /** Undefined for what ends at this host. */
  readonly oif: string | undefined;
  /** Bridge of the incoming port, for frames. */
  readonly bridge?: string | undefined;
  /** It goes from port to port, and comes here by way of br_netfilter. */
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

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'unknown' }
  | { readonly kind: 'jump' | 'goto'; readonly target: string };

export interface Rule {
  readonly tests: readonly Test[];
  readonly verdict: Verdict;
  /** As its tool prints it. */
  readonly text: string;
}

/** The tool that speaks the language of a table. */
export type Tool = 'nft' | 'iptables-nft' | 'iptables-legacy';

export interface Chain {
  readonly tool: Tool;
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Of a base chain: where in the kernel it is called. */
  readonly hook: string | undefined;
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly Rule[];
}

export type Ruleset = readonly Chain[];

/** What stops a packet. */
export interface Stop {
  readonly chain: Chain;
  /** The base chain from which it came there. */
  readonly base: Chain;
  /** Undefined: the policy of the chain. */
  readonly rule: Rule | undefined;
}

/** "ip filter FORWARD: policy drop" */
export function stopText({ chain, rule }: Stop): string {
  const tool = chain.tool === 'iptables-legacy' ? ' (iptables-legacy)' : '';
  return `${chain.family} ${chain.table} ${chain.name}${tool}: ${rule?.text ?? 'policy drop'}`;
}
