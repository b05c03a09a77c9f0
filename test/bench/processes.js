/** QEMU processes, and the host's memory they take. */
import { readdirSync, readFileSync } from 'node:fs';

/** Pids of QEMU processes with this text on their command line. */
export function processesOf(text) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return /^(?:\/usr\/bin\/)?qemu-system/.test(line) && line.includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Proportional set size and swap of each QEMU of the directory's labs, in MiB (proc(5), smaps_rollup). */
export function pss(directory) {
  return processesOf(directory).map((pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kib = (key) => Number(new RegExp(`^${key}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return (kib('Pss') + kib('SwapPss')) / 1024;
  });
}
