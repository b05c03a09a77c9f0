import type { LabReport } from './lab-report.ts';
import { table } from './table.ts';

/**
 * The table of where the time went, in seconds: the steps of the run, and for each VM the phases of its boot, from one
 * sign on its console to the next, and its probes.
 */
export function timeline({ timings, vms, verify }: LabReport): string {
  const steps = Object.entries(timings).filter(([name]) => name !== 'total');
  const rows = vms.flatMap(({ name, boot = {} }) => {
    const login = verify.probes.find(({ vm, id }) => vm === name && id === 'ssh');
    return [...phaseLengths(boot), ...(login === undefined ? [] : [['probes', login.ms] as const])].map(
      ([phase, ms], index) => [index === 0 ? name : '', phase, seconds(ms)],
    );
  });
  return [
    table([['STEP', 'SECONDS'], ...steps.map(([name, ms]) => [name, seconds(ms)])]),
    ...(rows.length === 0 ? [] : ['', table([['VM', 'PHASE', 'SECONDS'], ...rows])]),
  ].join('\n');
}

/** What is told of the time that a VM took before the restart that began its last boot. */
const before = 'until its restart';

/**
 * How many milliseconds each phase lasted, from the moments at which phases were reached. What comes before the first
 * sign is the firmware's time; of a VM that has restarted, that of all its boots but the last.
 */
function phaseLengths(boot: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  const reached = [['firmware' in boot ? before : 'firmware', 0] as const, ...Object.entries(boot)];
  return reached
    .slice(0, -1)
    .map(([phase, from], index) => [phase, (reached[index + 1]?.[1] ?? from) - from]);
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);
