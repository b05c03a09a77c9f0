import { readFileSync } from 'node:fs';

/**
 * The line by which the PC's own kernel says that it has come to its end; undefined while it has not. Seen of Debian 13's on QEMU
 * 7.2, within its own scheduler ("corrupted stack end detected inside scheduler", an int3 where a static key is switched).
 * Nothing that runs on a PC can do so.
 *
 * @param file the PC's console
 */
export function panicIn(file: string): string | undefined {
  try {
    return /Kernel panic - not syncing.*/.exec(readFileSync(file, 'latin1'))?.[0].trim();
  } catch {
    return undefined;
  }
}
