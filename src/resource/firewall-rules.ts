/** What the rules need to know. */
export interface FirewallInput {
  readonly table: string;
  readonly mark: string;
  readonly bridge: string;
  /** "192.168.6.0/24" */
  readonly subnet: string;
  /** Undefined: nothing passes between the lab and other networks. */
  readonly uplink: string | undefined;
}

/**
 * The lab's whole firewall as one nft(8) transaction: all of it is there, or nothing. `create`, since `add` would
 * merge silently into somebody else's table of that name; the chains in a block of their own, since nft 1.0.6 leaves
 * out what a `create table` block holds besides the comment.
 */
export function firewallRules({ table, mark, bridge, subnet, uplink }: FirewallInput): string {
  const nat =
    uplink === undefined
      ? ''
      : `
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    # The outside sees the host's own address instead of the guests'.
    ip saddr ${subnet} oifname "${uplink}" masquerade
  }

  chain clamp {
    type filter hook forward priority mangle; policy accept;
    # TCP segments that fit the route, for networks that drop the ICMP messages about it.
    iifname "${bridge}" tcp flags syn / syn,rst tcp option maxseg size set rt mtu
    oifname "${bridge}" tcp flags syn / syn,rst tcp option maxseg size set rt mtu
  }
`;
  const out =
    uplink === undefined ? '' : `\n    iifname "${bridge}" oifname "${uplink}" ip saddr ${subnet} accept`;
  return `create table inet ${table} { comment "${mark}"; }
table inet ${table} {${nat}
  chain forward {
    type filter hook forward priority filter; policy accept;
    # With br_netfilter, frames from guest to guest pass here as well.
    iifname "${bridge}" oifname "${bridge}" accept
    iifname "${bridge}" ct state established,related accept
    oifname "${bridge}" ct state established,related accept${out}
    iifname "${bridge}" drop
    oifname "${bridge}" drop
  }

  chain input {
    type filter hook input priority filter; policy accept;
    # Guests may ping the host and answer it; they open no connection to its services.
    iifname "${bridge}" ct state established,related accept
    iifname "${bridge}" meta l4proto icmp accept
    iifname "${bridge}" drop
  }
}
`;
}
