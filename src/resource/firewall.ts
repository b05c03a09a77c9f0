import { type FirewallInput, firewallChains } from './firewall-rules.ts';
import { inspectTable, makeTable, type NftTable, remakeTable, removeTable } from './nft-table.ts';
import type { ResourceType, SpecBase } from './resource-type.ts';

/** One nft table that holds all rules of a lab: NAT, what is forwarded, what reaches the host. */
export interface FirewallSpec extends SpecBase, FirewallInput {
  readonly kind: 'firewall';
  readonly lab: string;
  readonly table: string;
  readonly namespace?: string | undefined;
}

export const firewall: ResourceType<FirewallSpec> = {
  kind: 'firewall',
  why: ({ uplink, ways = [], subnet }) =>
    uplink === undefined
      ? `keeps ${subnet} to itself: nothing is forwarded to or from other networks`
      : `lets the guests reach the outside through ${[uplink, ...ways].join(', ')} under the host's address (masquerade), and nobody reach them unasked`,
  create: (spec) => makeTable(tableOf(spec)),
  remove: (spec) => removeTable(tableOf(spec)),
  repair: (spec) => remakeTable(tableOf(spec)),
  inspect: (spec, context) => inspectTable(tableOf(spec), context),
};

function tableOf(spec: FirewallSpec): NftTable {
  return { ...spec, family: 'inet', chains: firewallChains(spec) };
}
