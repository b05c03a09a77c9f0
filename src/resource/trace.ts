import { inspectTable, makeTable, type NftTable, removeTable } from './nft-table.ts';
import type { ResourceType, SpecBase } from './resource-type.ts';

/** One nft table for as long as the canary's packets are followed: it asks the kernel to tell each rule they meet. */
export interface TraceSpec extends SpecBase {
  readonly kind: 'trace';
  readonly lab: string;
  readonly table: string;
  readonly bridge: string;
  /** The canary's. */
  readonly address: string;
  readonly namespace?: string | undefined;
}

export const trace: ResourceType<TraceSpec> = {
  kind: 'trace',
  why: ({ address }) =>
    `follows the packets of ${address} from rule to rule, when some did not arrive (nft monitor trace)`,
  create: (spec) => makeTable(tableOf(spec)),
  remove: (spec) => removeTable(tableOf(spec)),
  inspect: (spec, context) => inspectTable(tableOf(spec), context),
};

/** The chains of the table that a packet passes last: on its way to the host itself, and on its way out of it. */
export const lastChains = { input: 'arrives', postrouting: 'leaves' } as const;

/**
 * First and last of all chains, so that what happens between the two is told. Answers are followed from the forward
 * hook on: before it they bear the host's own address.
 */
function tableOf(spec: TraceSpec): NftTable {
  const { bridge, address } = spec;
  const chains = `  chain comes {
    type filter hook prerouting priority -400; policy accept;
    iifname "${bridge}" ip saddr ${address} meta nftrace set 1
  }

  chain answers {
    type filter hook forward priority -400; policy accept;
    oifname "${bridge}" ip daddr ${address} meta nftrace set 1
  }

  chain ${lastChains.input} {
    type filter hook input priority 400; policy accept;
  }

  chain ${lastChains.postrouting} {
    type filter hook postrouting priority 400; policy accept;
  }`;
  return { ...spec, family: 'ip', chains };
}
