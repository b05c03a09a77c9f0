import { passedWords } from './lab-text.ts';
import type { Output } from './output.ts';
import { table } from './table.ts';

type RepairedResource = Output<'repair'>['resources'][number];

/** What a person reads at the end of repair: what was wrong and what came of it, and how many probes passed. */
export function repairText({ lab, resources, verify }: Output<'repair'>): string {
  const touched = resources.filter(({ outcome }) => outcome !== 'nothing to do');
  const rows = touched.map(({ id, outcome, found, reason }) => [id, outcome, found ?? reason ?? '']);
  const hints = new Set(touched.flatMap(({ hint }) => (hint === undefined ? [] : [hint])));
  const failed = verify.probes.filter(({ status }) => status === 'failed');
  return [
    ...(rows.length === 0 ? [] : [table([['RESOURCE', 'OUTCOME', 'WHAT WAS WRONG'], ...rows]), '']),
    ...failed.map(({ vm, id, reason }) => `failed: ${vm} ${id}: ${reason}`),
    `${lab}: ${touched.length === 0 ? 'nothing to do' : `${count('repaired')} repaired, ${count('not repaired')} not`}; ${passedWords(verify)}`,
    ...hints,
  ].join('\n');

  function count(outcome: RepairedResource['outcome']): number {
    return touched.filter((one) => one.outcome === outcome).length;
  }
}
