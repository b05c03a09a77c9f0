/** IPv4 arithmetic on the strings that lab files hold; ipaddr.js reads and writes them. */
import ipaddr from 'ipaddr.js';

/** The address as a number of 32 bits. @throws Error when it is no address of four decimal parts. */
export function toNumber(address: string): number {
  if (!isAddress(address)) throw new Error(`${JSON.stringify(address)} is no IPv4 address`);
  return ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
}

export function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** Four decimal parts without leading zeros, which some programs read as octal. */
export function isAddress(text: string): boolean {
  return (
    ipaddr.IPv4.isValidFourPartDecimal(text) && text.split('.').every((part) => part === String(Number(part)))
  );
}

/** One that a computer may have: not "this network", loopback, link-local, multicast or beyond (RFC 6890). */
export function isForComputers(address: string): boolean {
  const [first = 0] = address.split('.').map(Number);
  return first > 0 && first < 224 && first !== 127 && !isLinkLocal(address);
}

/** Of one link, such as the resolvers of clouds; what is asked through NAT may have such an address. */
export function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.');
}

export interface Subnet {
  readonly network: number;
  readonly prefix: number;
  /** First and last address, network and broadcast included. */
  readonly last: number;
}

/** "192.168.6.0/24", or any address in it with the prefix. */
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

export function contains(cidr: string, address: string): boolean {
  const { network, last } = parseSubnet(cidr);
  const value = toNumber(address);
  return value >= network && value <= last;
}

/** True when the two share any address, whichever is the larger. */
export function overlaps(a: string, b: string): boolean {
  const [first, second] = [parseSubnet(a), parseSubnet(b)];
  return first.network <= second.last && second.network <= first.last;
}

/** True when all of the first lies in the second. */
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
