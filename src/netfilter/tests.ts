/** The tests of packets that rules of all tools share. */
import { contains, isAddress, toNumber } from '../lab/addressing.ts';
import type { Packet, Test } from './ruleset.ts';

export const unknown: Test = () => undefined;
export const never: Test = () => false;

/** A name, or the beginning of one. */
export function interfaceTest(which: (packet: Packet) => string | undefined, pattern: string): Test {
  return (packet) => {
    const name = which(packet);
    if (name === undefined) return false;
    return /[*+]$/.test(pattern) ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  };
}

/** An address or a subnet. */
export function addressTest(which: 'saddr' | 'daddr', subnet: string): Test {
  const [address = ''] = subnet.split('/');
  if (!isAddress(address)) return unknown;
  return (packet) => contains(subnet, packet[which]);
}

/** From one address to another, both included. */
export function addressRangeTest(which: 'saddr' | 'daddr', from: string, to: string): Test {
  if (!isAddress(from) || !isAddress(to)) return unknown;
  return (packet) => {
    const value = toNumber(packet[which]);
    return toNumber(from) <= value && value <= toNumber(to);
  };
}

export function stateTest(states: readonly string[]): Test {
  return ({ state }) => states.map((one) => one.toLowerCase()).includes(state);
}

/** In the header of a packet (IANA, "Assigned Internet Protocol Numbers"). */
const numbers = { tcp: '6', udp: '17' } as const;

export function protocolTest(protocol: string): Test {
  return (packet) => ['all', packet.protocol, numbers[packet.protocol]].includes(protocol.toLowerCase());
}

export function portTest(which: 'sport' | 'dport', from: number, to: number): Test {
  return (packet) => from <= packet[which] && packet[which] <= to;
}

export function not(test: Test): Test {
  return (packet) => {
    const result = test(packet);
    return result === undefined ? undefined : !result;
  };
}

/** One of them at least. */
export function anyOfTests(tests: readonly Test[]): Test {
  return (packet) => {
    const results = tests.map((test) => test(packet));
    if (results.includes(true)) return true;
    return results.includes(undefined) ? undefined : false;
  };
}
