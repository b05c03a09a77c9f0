/** What `nft monitor trace` tells of packets: each rule and each chain that they met (nft(8), "monitor"). */

/** One packet, from where its trace begins. */
export interface Traced {
  readonly protocol: 'icmp' | 'tcp' | 'udp' | 'other';
  readonly saddr: string;
  readonly daddr: string;
  /** The source port and the destination port, 0 where there is none: one of them is the far end's. */
  readonly ports: readonly number[];
  /** The chains that the packet met, in that order, as "ip filter FORWARD". */
  readonly chains: readonly string[];
  readonly drop: Drop | undefined;
}

/** Where a packet was dropped. */
export interface Drop {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** What dropped the packet: "policy drop", or the text of the rule. */
  readonly rule: string;
}

interface Growing {
  head: string;
  readonly chains: string[];
  drop: Drop | undefined;
}

/** The packets in what `nft monitor trace` has printed. */
export function parseTrace(lines: readonly string[]): readonly Traced[] {
  const packets = new Map<string, Growing>();
  for (const line of lines) {
    const [, id = '', family = '', table = '', chain = '', what = ''] =
      /^trace id (\S+) (\S+) (\S+) (\S+) (.*)$/.exec(line.trim()) ?? [];
    if (id === '') continue;
    const packet = packets.get(id) ?? { head: '', chains: [], drop: undefined };
    packets.set(id, packet);
    const place = `${family} ${table} ${chain}`;
    if (packet.chains.at(-1) !== place) packet.chains.push(place);
    if (what.startsWith('packet: ') && packet.head === '') packet.head = what;
    const rule = dropIn(what);
    if (rule !== undefined) packet.drop ??= { family, table, chain, rule };
  }
  return [...packets.values()].map(({ head, chains, drop }) => ({ ...addressesIn(head), chains, drop }));
}

function dropIn(what: string): string | undefined {
  if (what.startsWith('policy drop')) return 'policy drop';
  const [, known, handle] = /^(?:rule (.*)|unknown rule handle (\d+)) \(verdict drop\)$/.exec(what) ?? [];
  return (
    known?.replace(/counter packets \d+ bytes \d+ /, '') ??
    (handle === undefined ? undefined : `the rule with handle ${handle}`)
  );
}

function addressesIn(head: string): Omit<Traced, 'chains' | 'drop'> {
  const find = (pattern: RegExp) => pattern.exec(head)?.[1] ?? '';
  const protocol = find(/\b(icmp|tcp|udp) (?:type|sport|dport) /);
  return {
    protocol: protocol === 'icmp' || protocol === 'tcp' || protocol === 'udp' ? protocol : 'other',
    saddr: find(/\bip saddr (\S+)/),
    daddr: find(/\bip daddr (\S+)/),
    ports: [find(/\b[tu][cd]p sport (\d+)/), find(/\b[tu][cd]p dport (\d+)/)].map(Number),
  };
}
