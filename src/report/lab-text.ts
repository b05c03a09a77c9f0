import type { LabReport } from './lab-report.ts';
import { table } from './table.ts';

/** What a person reads at the end of provision and verify. */
export function labText({ lab, vms, verify, timings }: LabReport): string {
  const failed = verify.probes.filter(({ status }) => status === 'failed');
  const skipped = verify.probes.filter(({ status }) => status === 'skipped');
  return [
    table([
      ['VM', 'ADDRESS', 'MAC', 'STATE', 'ACCELERATOR'],
      ...vms.map(({ name, address, mac, state, accelerator }) => [name, address, mac, state, accelerator]),
    ]),
    '',
    ...failed.map((probe) => line('failed ', probe)),
    ...skipped.map((probe) => line('skipped', probe)),
    `${passedWords(verify)} (${seconds(timings.total)})`,
    verify.ok
      ? `sudo labnet ssh ${vms[0]?.name ?? 'VM'} enters a VM, sudo labnet destroy ${lab} removes it all`
      : `sudo labnet logs VM shows a console, sudo labnet verify ${lab} checks again`,
  ].join('\n');
}

/** How many probes have passed, and how many were not made, in words: "12 of 14 probes passed, 1 skipped". */
export function passedWords({ probes }: Pick<LabReport['verify'], 'probes'>): string {
  const count = (wanted: string) => probes.filter(({ status }) => status === wanted).length;
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`;
  return `${count('passed')} of ${probes.length} probes passed${skipped}`;
}

function line(word: string, { id, vm, reason }: LabReport['verify']['probes'][number]): string {
  return `${word}  ${vm}  ${id}: ${reason}`;
}

function seconds(ms = 0): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
