/** What iptables-save(8) prints, of both of its backends: one command line a rule. */
import type { Chain, Rule, Test, Tool, Verdict } from './ruleset.ts';
import {
  addressRangeTest,
  addressTest,
  anyOfTests,
  interfaceTest,
  not,
  portTest,
  protocolTest,
  stateTest,
  unknown,
} from './tests.ts';

/** The tables whose FORWARD chains see what is forwarded. */
const tables: readonly string[] = ['filter', 'mangle', 'security'];

/** The chains and their rules in what iptables-save(8) prints. */
export function parseIptables(text: string, tool: Tool): readonly Chain[] {
  const chains = new Map<string, Chain & { rules: Rule[] }>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    if (!tables.includes(table)) continue;
    const [, name = '', policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (policy !== undefined) {
      chains.set(`${table} ${name}`, {
        tool,
        family: 'ip',
        table,
        name,
        // A chain that is not built in has no policy, shown as "-".
        hook: policy === '-' ? undefined : name.toLowerCase(),
        policy: policy === 'DROP' ? 'drop' : 'accept',
        rules: [],
      });
    }
    const [flag, chain, ...words] = wordsOf(line);
    if (flag === '-A') chains.get(`${table} ${chain}`)?.rules.push(...ruleOf(words));
  }
  return [...chains.values()];
}

/** The words of a line, as iptables-save quotes them. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => plain ?? quoted?.replace(/\\(.)/g, '$1') ?? '',
  );
}

function ruleOf(words: readonly string[]): readonly Rule[] {
  const rest = [...words];
  const tests: Test[] = [];
  let verdict: Verdict | undefined;
  while (rest.length > 0) {
    const negated = rest[0] === '!' && rest.shift() === '!';
    const option = rest.shift() ?? '';
    const values: string[] = [];
    while (rest[0] !== undefined && !/^(-|!$)/.test(rest[0])) values.push(rest.shift() ?? '');
    const [value = ''] = values;
    if (option === '-j' || option === '-g') {
      verdict = verdictOf(value, option);
      // What follows are options of the target.
      break;
    }
    const test = testOf(option, value, values);
    if (test !== undefined) tests.push(negated ? not(test) : test);
  }
  const text = words.map((word) => (/\s/.test(word) ? JSON.stringify(word) : word)).join(' ');
  // A rule without a verdict, such as LOG, lets every packet go on.
  return verdict === undefined ? [] : [{ tests, verdict, text }];
}

/** Targets after which a packet goes on to the next rule (iptables-extensions(8)). */
const passing =
  /^(LOG|NFLOG|ULOG|MARK|CONNMARK|CT|CLASSIFY|DSCP|TOS|TTL|TCPMSS|SET|CHECKSUM|SECMARK|CONNSECMARK|RATEEST|TRACE|AUDIT|TEE|LED|HL|ECN|HMARK|IDLETIMER)$/;

function verdictOf(target: string, option: string): Verdict | undefined {
  if (target === 'ACCEPT') return { kind: 'accept' };
  if (target === 'DROP' || target === 'REJECT') return { kind: 'drop' };
  if (target === 'RETURN') return { kind: 'return' };
  if (target === 'QUEUE' || target === 'NFQUEUE') return { kind: 'unknown' };
  if (passing.test(target)) return undefined;
  return { kind: option === '-g' ? 'goto' : 'jump', target };
}

/** The test that one option of a rule makes; undefined when the option narrows nothing. */
function testOf(option: string, value: string, values: readonly string[]): Test | undefined {
  const ports = (which: 'sport' | 'dport') =>
    anyOfTests(value.split(',').map((one) => portsTest(which, one)));
  switch (option) {
    case '-m':
    case '--comment':
      return undefined;
    case '-i':
      return interfaceTest(({ iif }) => iif, value);
    case '-o':
      return interfaceTest(({ oif }) => oif, value);
    case '-s':
      return addressTest('saddr', value);
    case '-d':
      return addressTest('daddr', value);
    case '--src-range':
      return rangeTest('saddr', value);
    case '--dst-range':
      return rangeTest('daddr', value);
    case '-p':
      return protocolTest(value);
    case '--ctstate':
    case '--state':
      return stateTest(value.split(','));
    case '--sport':
    case '--sports':
      return ports('sport');
    case '--dport':
    case '--dports':
      return ports('dport');
    case '--ports':
      return anyOfTests([ports('sport'), ports('dport')]);
    case '--tcp-flags':
      // The first packet of a connection has SYN alone; of later ones nothing is known.
      return ({ state }) => (state === 'new' ? values[1] === 'SYN' : undefined);
    case '--physdev-is-bridged':
      return ({ bridged }) => bridged;
    default:
      return unknown;
  }
}

function rangeTest(which: 'saddr' | 'daddr', range: string): Test {
  const [from = '', to = from] = range.split('-');
  return addressRangeTest(which, from, to);
}

function portsTest(which: 'sport' | 'dport', range: string): Test {
  const [from = '', to = from] = range.split(':');
  return /^\d+$/.test(from) && /^\d+$/.test(to) ? portTest(which, Number(from), Number(to)) : unknown;
}
