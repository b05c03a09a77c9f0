/** Names and numbers that follow from the lab: the same on every run, so that nothing has to be remembered. */
import { createHash } from 'node:crypto';

/** The most characters of a link's name, a limit of the kernel: IFNAMSIZ of <linux/if.h> is 16 with its NUL. */
const longestInterface = 15;

/** Prefixes that systemd-networkd's own .network files claim (systemd, network/80-*.network). */
const claimed = /^(?:vt|ve|vb|vz)-/;

/**
 * Whether a bridge or a tap may have a name: it is plain, no option, no word of the kernel's, and not claimed by
 * others.
 */
export function isInterfaceName(name: string): boolean {
  return (
    /^[a-z][a-z0-9-]*$/.test(name) &&
    name.length <= longestInterface &&
    !claimed.test(name) &&
    !notLinks.includes(name)
  );
}

/** The names in /proc/sys/net/ipv4/conf that stand for other than one link, and the loopback. */
const notLinks: readonly string[] = ['all', 'default', 'lo'];

/** Whether a link of the host may have a name; Linux allows more, but no program prints or takes them unchanged. */
export function isLinkName(name: string): boolean {
  return (
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) && name.length <= longestInterface && !notLinks.includes(name)
  );
}

/** The name of the tap of a VM, by the VM's number from 0. */
export function tapName(prefix: string, index: number): string {
  return `${prefix}${index}`;
}

/**
 * The name of a lab's nft table. Such a name holds no dash; lab names hold no underscore, so two labs never share one.
 */
export function nftTable(lab: string): string {
  return `labnet_${lab.replaceAll('-', '_')}`;
}

/** The name of the nft table with one tap's own rules; no tap's name holds an underscore. */
export function tapTable(lab: string, tap: string): string {
  return `${nftTable(lab)}_${tap}`;
}

/**
 * The name of the bridge's end of the cable to the lab's canary; no tap is called so, since their names end in a number
 * below 100.
 */
export function canaryPort(lab: string): string {
  return `labnet-${digest('canary', lab).slice(0, 8)}`;
}

/**
 * The MAC address of a VM that the lab file gives none: locally administered, unicast (IEEE 802), different on each
 * host, lab and VM.
 */
export function deriveMac(hostId: string, lab: string, vm: string): string {
  return ['02', ...(digest('mac', hostId, lab, vm).slice(0, 10).match(/../g) ?? [])].join(':');
}

/** The uuid of a VM, of the form that RFC 9562 calls version 8: its bits are labnet's own. */
export function vmUuid(hostId: string, lab: string, vm: string): string {
  const hex = digest('uuid', hostId, lab, vm);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/**
 * The uid a VM runs as. Above systemd's container range (524288 to 1879048191), below its foreign range (2147352576)
 * and 2^31, which some programs take for negative (systemd, docs/UIDS-GIDS.md). There are 128 for each lab.
 */
export function vmUid(lab: string, index: number): number {
  return 1_900_000_000 + (Number.parseInt(digest('uid', lab).slice(0, 8), 16) % 100_000) * 128 + index;
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
