import { passedWords } from './lab-text.ts';
import type { Output } from './output.ts';
import { table } from './table.ts';

type RepairedResource = Output<'repair'>['resources'][number];

/** The probes that fail where something inside a VM is not as the VM was made, which nothing on this host can mend. */
const insideIds: readonly string[] = ['hostname', 'etc-hosts', 'address', 'route', 'resolver'];

/**
 * What a person reads at the end of repair: what was wrong and what came of it, how many probes passed, and what sets
 * right what repair does not.
 */
export function repairText({ lab, resources, verify }: Output<'repair'>): string {
  const touched = resources.filter(({ outcome }) => outcome !== 'nothing to do');
  const rows = touched.map(({ id, outcome, found, reason }) => [id, outcome, found ?? reason ?? '']);
  const hints = new Set(touched.flatMap(({ hint }) => (hint === undefined ? [] : [hint])));
  const failed = verify.probes.filter(({ status }) => status === 'failed');
  const skipped = verify.probes.filter(({ status }) => status === 'skipped');
  return [
    ...(rows.length === 0 ? [] : [table([['RESOURCE', 'OUTCOME', 'WHAT WAS WRONG'], ...rows]), '']),
    ...failed.map(({ vm, id, reason }) => `failed: ${vm} ${id}: ${reason}`),
    ...skipped.map(({ vm, id, reason }) => `skipped: ${vm} ${id}: ${reason}`),
    `${lab}: ${touched.length === 0 ? 'nothing to do' : `${count('repaired')} repaired, ${count('not repaired')} not`}; ${passedWords(verify)}`,
    ...hints,
    ...brokenInside(verify).map(
      (vm) =>
        `what is broken inside ${vm} is not on this host: sudo labnet reset ${vm} --lab ${lab} brings the VM back to how it was when it had just been made`,
    ),
  ].join('\n');

  function count(outcome: RepairedResource['outcome']): number {
    return touched.filter((one) => one.outcome === outcome).length;
  }
}

/** The VMs in which something is broken: by their own word, or since they answer to ping and let nobody in. */
function brokenInside({ probes }: Output<'repair'>['verify']): readonly string[] {
  const answers = (name: string) =>
    probes.some(({ id, vm, status }) => id === 'host-guest' && vm === name && status === 'passed');
  const broken = probes.filter(
    ({ id, vm, status }) => status === 'failed' && (insideIds.includes(id) || (id === 'ssh' && answers(vm))),
  );
  return [...new Set(broken.map(({ vm }) => vm))];
}
