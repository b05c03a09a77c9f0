import { inspectTable, makeTable, type NftTable, remakeTable, removeTable } from './nft-table.ts';
import type { ResourceType, SpecBase } from './resource-type.ts';

/** An nft table that lets a VM send only as itself, checked where its frames enter the host. */
export interface AntiSpoofSpec extends SpecBase {
  readonly kind: 'anti-spoof';
  readonly lab: string;
  readonly table: string;
  /** The VM's; a labnet before 0.3 had one table for all VMs of a lab. */
  readonly ports: readonly GuestPort[];
  readonly namespace?: string | undefined;
}

/** A tap and the only MAC and address that may come out of it. */
export interface GuestPort {
  readonly tap: string;
  readonly mac: string;
  readonly address: string;
}

export const antiSpoof: ResourceType<AntiSpoofSpec> = {
  kind: 'anti-spoof',
  why: ({ vm }) =>
    `lets ${vm ?? 'each VM'} send only under its own MAC and IPv4 address: it cannot pass for the gateway or for another VM`,
  create: (spec) => makeTable(tableOf(spec)),
  remove: (spec) => removeTable(tableOf(spec)),
  repair: (spec) => remakeTable(tableOf(spec)),
  inspect: (spec, context) => inspectTable(tableOf(spec), context),
};

function tableOf(spec: AntiSpoofSpec): NftTable {
  return { ...spec, family: 'netdev', chains: spec.ports.map(portChain).join('\n\n') };
}

/**
 * IPv4 and ARP under the VM's own addresses; 0.0.0.0 is what a VM asks from that has no address yet (RFC 5227). All
 * else is dropped: IPv6 (a router advertisement would reach the other guests), VLAN tags, unknown ethertypes.
 */
function portChain({ tap, mac, address }: GuestPort): string {
  return `  chain from_${tap} {
    type filter hook ingress device "${tap}" priority filter; policy drop;
    ether saddr ${mac} ip saddr ${address} accept
    ether saddr ${mac} arp saddr ether ${mac} arp saddr ip { 0.0.0.0, ${address} } accept
  }`;
}
