/** The tests of packets that rules of all tools share. */
import { contains, isAddress, toNumber } from '../lab/addressing.ts';
import type { Packet, Test } from './ruleset.ts';

/** The test of which nobody can tell whether it holds. */
export const unknown: Test = () => undefined;
/** The test that never holds. */
export const never: Test = () => false;

/** Tests the name of a link; a pattern that ends in `*` or `+` is the beginning of a name. */
export function interfaceTest(which: (packet: Packet) => string | undefined, pattern: string): Test {
  return (packet) => {
    const name = which(packet);
    if (name === undefined) return false;
    return /[*+]$/.test(pattern) ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  };
}

/** Tests an address of the packet against an address or a subnet. */
export function addressTest(which: 'saddr' | 'daddr', subnet: string): Test {
  const [address = ''] = subnet.split('/');
  if (!isAddress(address)) return unknown;
  return (packet) => contains(subnet, packet[which]);
}

/** Tests whether an address of the packet lies between two, both included. */
export function addressRangeTest(which: 'saddr' | 'daddr', from: string, to: string): Test {
  if (!isAddress(from) || !isAddress(to)) return unknown;
  return (packet) => {
    const value = toNumber(packet[which]);
    return toNumber(from) <= value && value <= toNumber(to);
  };
}

/** Tests whether the packet's connection is in one of some states. */
export function stateTest(states: readonly string[]): Test {
  return ({ state }) => states.map((one) => one.toLowerCase()).includes(state);
}

/** The numbers of protocols in the header of a packet (IANA, "Assigned Internet Protocol Numbers"). */
const numbers = { tcp: '6', udp: '17' } as const;

/** Tests the packet's protocol, given by name, by number, or as "all". */
export function protocolTest(protocol: string): Test {
  return (packet) => ['all', packet.protocol, numbers[packet.protocol]].includes(protocol.toLowerCase());
}

/** Tests whether a port of the packet lies between two, both included. */
export function portTest(which: 'sport' | 'dport', from: number, to: number): Test {
  return (packet) => from <= packet[which] && packet[which] <= to;
}

/** The opposite of a test; where a test cannot tell, its opposite cannot either. */
export function not(test: Test): Test {
  return (packet) => {
    const result = test(packet);
    return result === undefined ? undefined : !result;
  };
}

/** Tests whether at least one of some tests holds. */
export function anyOfTests(tests: readonly Test[]): Test {
  return (packet) => {
    const results = tests.map((test) => test(packet));
    if (results.includes(true)) return true;
    return results.includes(undefined) ? undefined : false;
  };
}
