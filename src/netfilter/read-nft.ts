/** What `nft --json list ruleset` prints (libnftables-json(5)). */
import * as z from '../zod.ts';
import { sideTest } from './nft-match.ts';
import type { Chain, Rule, Test, Verdict } from './ruleset.ts';
import { not, unknown } from './tests.ts';

const schema = z.object({
  nftables: z.array(
    z.looseObject({
      chain: z
        .looseObject({
          family: z.string(),
          table: z.string(),
          name: z.string(),
          hook: z.string().optional(),
          policy: z.string().optional(),
        })
        .optional(),
      rule: z
        .looseObject({
          family: z.string(),
          table: z.string(),
          chain: z.string(),
          expr: z.array(z.record(z.string(), z.unknown())),
        })
        .optional(),
    }),
  ),
});

type Expression = Readonly<Record<string, unknown>>;

/** What nft shows of a host's rules. */
export interface NftRuleset {
  readonly chains: readonly Chain[];
  /** Tables with expressions that only iptables itself can print, as "ip filter". */
  readonly foreignTo: ReadonlySet<string>;
}

/** Reads what `nft --json list ruleset` prints. */
export function parseNft(json: string): NftRuleset {
  const { nftables } = schema.parse(JSON.parse(json));
  const rules = nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
  const chains = nftables.flatMap(({ chain }) => (chain === undefined ? [] : [chain]));
  return {
    chains: chains.map(({ family, table, name, hook, policy }) => ({
      tool: 'nft',
      family,
      table,
      name,
      hook,
      policy: policy === 'drop' ? 'drop' : 'accept',
      rules: rules
        .filter((rule) => rule.family === family && rule.table === table && rule.chain === name)
        .flatMap(({ expr }) => rulesOf(expr)),
    })),
    foreignTo: new Set(
      rules
        .filter(({ expr }) => expr.some((one) => 'xt' in one))
        .map(({ family, table }) => `${family} ${table}`),
    ),
  };
}

/** The rule that some expressions make; a verdict map makes one for each of its elements. */
function rulesOf(expressions: readonly Expression[]): readonly Rule[] {
  const tests: Test[] = [];
  for (const expression of expressions) {
    const [[kind = '', value] = []] = Object.entries(expression);
    if (kind === 'vmap') return mapped(tests, value);
    const verdict = verdictOf(kind, value);
    if (verdict !== undefined) return [{ tests, verdict, text: textOf(expressions) }];
    const test = testOf(kind, value);
    if (test !== undefined) tests.push(test);
  }
  return [];
}

function verdictOf(kind: string, value: unknown): Verdict | undefined {
  if (kind === 'accept' || kind === 'drop' || kind === 'return') return { kind };
  if (kind === 'reject') return { kind: 'drop' };
  if (kind === 'queue') return { kind: 'unknown' };
  if (kind !== 'jump' && kind !== 'goto') return undefined;
  return { kind, target: String((value as { target: string }).target) };
}

/** Statements after which a packet always goes on. */
const passing = ['counter', 'log', 'mangle', 'notrack', 'flow', 'ct helper', 'ct timeout', 'comment', 'dup'];

/** The test that one expression makes; undefined when it narrows nothing. */
function testOf(kind: string, value: unknown): Test | undefined {
  if (passing.includes(kind)) return undefined;
  if (kind !== 'match') return unknown;
  const { op, left, right } = value as { op: string; left: unknown; right: unknown };
  const test = sideTest(left, right);
  if (op === '!=') return not(test);
  return op === '==' || op === 'in' ? test : unknown;
}

function mapped(tests: readonly Test[], value: unknown): readonly Rule[] {
  const { key, data } = value as { key: unknown; data: { set?: readonly [unknown, Expression][] } | string };
  // A named map is printed apart, and without its elements.
  if (typeof data === 'string' || data.set === undefined) {
    return [{ tests: [...tests, unknown], verdict: { kind: 'unknown' }, text: `vmap ${String(data)}` }];
  }
  return data.set.flatMap(([element, verdict]) => {
    const [[kind = '', target] = []] = Object.entries(verdict);
    const found = verdictOf(kind, target);
    return found === undefined
      ? []
      : [{ tests: [...tests, sideTest(key, element)], verdict: found, text: `vmap ${kind}` }];
  });
}

/** The text of a rule, near enough to what nft prints for a person to find the rule. */
function textOf(expressions: readonly Expression[]): string {
  return expressions
    .map((expression) => {
      const [[kind = '', value] = []] = Object.entries(expression);
      if (kind === 'match') {
        const { op, left, right } = value as { op: string; left: unknown; right: unknown };
        return `${flat(left)} ${op === '==' || op === 'in' ? '' : `${op} `}${flat(right)}`;
      }
      if (kind === 'counter') return '';
      return value === null || kind === 'log' ? kind : `${kind} ${flat(value)}`;
    })
    .filter((text) => text !== '')
    .join(' ');
}

function flat(value: unknown): string {
  if (Array.isArray(value)) return value.map(flat).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  if ('meta' in value) return String((value.meta as { key: string }).key);
  if ('payload' in value) return Object.values(value.payload as object).join(' ');
  if ('set' in value) return `{ ${flat(value.set)} }`;
  if ('prefix' in value) return Object.values(value.prefix as object).join('/');
  return Object.entries(value)
    .map(([key, one]) => (typeof one === 'object' ? `${key} ${flat(one)}` : flat(one)))
    .join(' ');
}
