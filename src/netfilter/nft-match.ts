import type { Test } from './ruleset.ts';
import {
  addressRangeTest,
  addressTest,
  anyOfTests,
  interfaceTest,
  never,
  portTest,
  protocolTest,
  stateTest,
  unknown,
} from './tests.ts';

/**
 * The test that one match of nft's JSON makes: what is looked at stands on the left, what it is compared with on the
 * right.
 */
export function sideTest(left: unknown, right: unknown): Test {
  const values = elementsOf(right);
  // A named set is printed apart, and without its elements.
  if (values.some((value) => typeof value === 'string' && value.startsWith('@'))) return unknown;
  const compare = comparerOf(left);
  return anyOfTests(values.map(compare));
}

function elementsOf(right: unknown): readonly unknown[] {
  if (Array.isArray(right)) return right;
  if (typeof right === 'object' && right !== null && 'set' in right) return elementsOf(right.set);
  return [right];
}

/** How one value is compared with what the expression names. */
function comparerOf(left: unknown): (value: unknown) => Test {
  if (typeof left !== 'object' || left === null) return () => unknown;
  if ('meta' in left) return metaComparer((left.meta as { key: string }).key);
  if ('ct' in left) return ctComparer((left.ct as { key: string }).key);
  if ('payload' in left) return payloadComparer(left.payload as { protocol?: string; field?: string });
  return () => unknown;
}

function metaComparer(key: string): (value: unknown) => Test {
  return (value) => {
    const text = String(value);
    if (key === 'iifname' || key === 'iif') return interfaceTest(({ iif }) => iif, text);
    if (key === 'oifname' || key === 'oif') return interfaceTest(({ oif }) => oif, text);
    if (key === 'ibrname' || key === 'obrname') return interfaceTest(({ bridge }) => bridge, text);
    if (key === 'l4proto') return protocolTest(text);
    if (key === 'nfproto') return () => text === 'ipv4';
    if (key === 'protocol') return () => text === 'ip';
    return unknown;
  };
}

function ctComparer(key: string): (value: unknown) => Test {
  return (value) => {
    if (key === 'state') return stateTest([String(value)]);
    // The lab's connections are translated at their source, never at their destination.
    if (key === 'status' && value === 'dnat') return never;
    return unknown;
  };
}

function payloadComparer({
  protocol,
  field,
}: {
  protocol?: string;
  field?: string;
}): (value: unknown) => Test {
  return (value) => {
    if (protocol === 'ip' && (field === 'saddr' || field === 'daddr')) return ipTest(field, value);
    if (protocol === 'ip' && field === 'protocol') return protocolTest(String(value));
    const ports = field === 'sport' || field === 'dport' ? portsTest(field, value) : unknown;
    if (protocol === 'th') return ports;
    // A packet of another protocol has no such field, and the match fails.
    if (protocol === 'tcp' || protocol === 'udp')
      return (packet) => (packet.protocol === protocol ? ports(packet) : false);
    return ['icmp', 'icmpv6', 'ip6', 'sctp', 'dccp', 'udplite', 'esp', 'ah'].includes(protocol ?? '')
      ? never
      : unknown;
  };
}

function portsTest(field: 'sport' | 'dport', value: unknown): Test {
  const [from, to] = boundsOf(value);
  return typeof from === 'number' && typeof to === 'number' ? portTest(field, from, to) : unknown;
}

function ipTest(field: 'saddr' | 'daddr', value: unknown): Test {
  if (typeof value === 'object' && value !== null && 'prefix' in value) {
    const { addr, len } = value.prefix as { addr: string; len: number };
    return addressTest(field, `${addr}/${len}`);
  }
  const [from, to] = boundsOf(value);
  return typeof from === 'string' && typeof to === 'string' ? addressRangeTest(field, from, to) : unknown;
}

/** The two ends of a range; a single value is both. */
function boundsOf(value: unknown): readonly [unknown, unknown] {
  if (typeof value === 'object' && value !== null && 'range' in value) {
    const [from, to] = value.range as [unknown, unknown];
    return [from, to];
  }
  return [value, value];
}
