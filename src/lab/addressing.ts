/** IPv4 arithmetic on the strings that lab files hold; ipaddr.js reads and writes them. */
import ipaddr from 'ipaddr.js';

/** The address as a number of 32 bits. @throws Error when it is no address of four decimal parts. */
export function toNumber(address: string): number {
  if (!isAddress(address)) throw new Error(`${JSON.stringify(address)} is no IPv4 address`);
  return ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The address, in four decimal parts, that a number of 32 bits stands for. */
export function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** Whether a text is an IPv4 address of four decimal parts without leading zeros, which some programs read as octal. */
export function isAddress(text: string): boolean {
  return (
    ipaddr.IPv4.isValidFourPartDecimal(text) && text.split('.').every((part) => part === String(Number(part)))
  );
}

/**
 * Whether a computer may have an address: it is not "this network", loopback, link-local, multicast or beyond (RFC
 * 6890).
 */
export function isForComputers(address: string): boolean {
  const [first = 0] = address.split('.').map(Number);
  return first > 0 && first < 224 && first !== 127 && !isLinkLocal(address);
}

/**
 * Whether an address holds on one link only (169.254.0.0/16), as that of a cloud's resolver; a guest can ask such a
 * resolver through NAT.
 */
export function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.');
}

/** A subnet; its addresses are numbers of 32 bits. */
export interface Subnet {
  /** The network address, which is the first one. */
  readonly network: number;
  readonly prefix: number;
  /** The broadcast address, which is the last one. */
  readonly last: number;
}

/** Reads a subnet, written as "192.168.6.0/24" or with another address of it in place of the first. */
export function parseSubnet(cidr: string): Subnet {
  const [address = '', bits = '32'] = cidr.split('/');
  return subnet(toNumber(address), Number(bits));
}

function subnet(address: number, prefix: number): Subnet {
  const size = 2 ** (32 - prefix);
  const network = address - (address % size);
  return { network, prefix, last: network + size - 1 };
}

/** The subnet of an address, as "192.168.6.0/24". */
export function subnetOf(address: string, prefix: number): string {
  return `${toAddress(subnet(toNumber(address), prefix).network)}/${prefix}`;
}

/** Whether an address lies in a subnet. */
export function contains(cidr: string, address: string): boolean {
  const { network, last } = parseSubnet(cidr);
  const value = toNumber(address);
  return value >= network && value <= last;
}

/** Whether two subnets share any address, whichever of them is the larger. */
export function overlaps(a: string, b: string): boolean {
  const [first, second] = [parseSubnet(a), parseSubnet(b)];
  return first.network <= second.last && second.network <= first.last;
}

/** Whether all of the first subnet lies in the second. */
export function within(inner: string, outer: string): boolean {
  const [first, second] = [parseSubnet(inner), parseSubnet(outer)];
  return second.network <= first.network && first.last <= second.last;
}

/** The host addresses of a subnet in order, without network and broadcast address and without those taken. */
export function* hostAddresses(cidr: string, taken: ReadonlySet<string>): Generator<string, undefined> {
  const { network, last } = parseSubnet(cidr);
  for (let value = network + 1; value < last; value += 1) {
    const address = toAddress(value);
    if (!taken.has(address)) yield address;
  }
}
