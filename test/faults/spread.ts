/** Which cases a short run tries. */
import { type Case, familyOf, hash, isCommand, keyOf, kindOf } from './cases.ts';

/**
 * `count` of the cases: first one of each command and of each state write, then others. Of those that are met the
 * least, the one is taken whose way of failing is met the least: at programs as such, then at this very program.
 */
export function spread(cases: readonly Case[], count: number): readonly Case[] {
  const waiting = cases
    .map((one) => ({ one, names: namesOf(one), order: hash(keyOf(one)) }))
    .sort((a, b) => a.order - b.order);
  const met = new Map<string, number>();
  const chosen = new Set<Case>();
  while (chosen.size < Math.min(count, cases.length)) {
    const counts = waiting.map(({ names }) => names.map((name) => met.get(name) ?? 0));
    const least = counts.reduce((best, one) => (isLess(one, best) ? one : best));
    const [next] = waiting.splice(counts.indexOf(least), 1);
    if (next === undefined) break;
    chosen.add(next.one);
    for (const name of next.names) met.set(name, (met.get(name) ?? 0) + 1);
  }
  return cases.filter((one) => chosen.has(one));
}

/** What the choice is to be even in, the most important first. */
function namesOf({ phase, op, mode }: Case): readonly string[] {
  const kind = isCommand(op) ? 'a program' : kindOf(op);
  return [
    `${phase} ${subjectOf(op)}`,
    `${familyOf(mode)} at ${kind}`,
    `${mode} at ${kind}`,
    `${phase} ${mode} at ${kindOf(op)}`,
  ];
}

/**
 * What an operation is a step of: a line of the journal is written and synced; a state file is written beside, synced
 * and moved.
 */
export function subjectOf(op: string): string {
  return op
    .replace(/^\d+ \w+ (?=\S+\/journal\.jsonl \S)/, 'line ')
    .replace(/^(\d+) \w+ (\S+?)\.\*\.new(?: .*)?$/, '$1 write $2');
}

/** In the order of words in a dictionary. */
function isLess(a: readonly number[], b: readonly number[]): boolean {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0);
}
