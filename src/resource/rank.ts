import type { Kind } from './index.ts';

/** Kinds in the order of making: what lies in, runs in or opens another thing comes after it. */
const ranks: readonly (readonly Kind[])[] = [
  ['directory'],
  ['namespace'],
  ['veth', 'uplink'],
  ['internet'],
  ['key-pair', 'password'],
  ['text-file', 'overlay', 'seed'],
  ['unmanaged'],
  ['bridge'],
  ['tap'],
  ['anti-spoof'],
  ['firewall', 'docker-user'],
  ['forwarding'],
  ['canary'],
  ['trace'],
  ['machine'],
];

/** The place of a kind in the order of making; undefined for one that this labnet does not know. */
export function rankOf(kind: Kind): number | undefined {
  const rank = ranks.findIndex((kinds) => kinds.includes(kind));
  return rank === -1 ? undefined : rank;
}
