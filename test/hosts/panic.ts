import { readFileSync } from 'node:fs';

/**
 * The line by which the PC's own kernel says that it has come to its end; undefined while it has not. Seen of Debian 13's on QEMU
 * 7.2, and once on 10.0, within its own scheduler ("corrupted stack end detected inside scheduler", an int3 where a static key
 * is switched). Nothing that runs on a PC can do so.
 *
 * @param file the PC's console
 */
export function panicIn(file: string): string | undefined {
  return /Kernel panic - not syncing.*/.exec(textOf(file))?.[0].trim();
}

/** How often a kernel tells of a CPU that stands still before it is more than a moment: it does every 20 to 60 s. */
const moments = 3;

/**
 * What the PC's own kernel says of a CPU of its own that has stood still for minutes (Documentation/RCU/stallwarn); undefined where
 * none has. A job that passes has nothing to fear from it; one that fails says nothing of labnet then.
 */
export function standstillIn(file: string): string | undefined {
  const found = textOf(file).match(/rcu: INFO: rcu_\w+ (?:self-)?detected .*stalls? on .*/g) ?? [];
  return found.length >= moments ? found[0]?.trim() : undefined;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
