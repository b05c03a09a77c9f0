import { readFileSync } from 'node:fs';

/** Ticks of the kernel's clock in a second, as /proc counts them on every Linux of today. */
const ticksPerS = 100;

/** Seconds of processor time that a process has had, all its threads together; of one that is gone, none. */
export function processorSeconds(pid: number | undefined): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Its name, in brackets, may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerS;
  } catch {
    return 0;
  }
}
