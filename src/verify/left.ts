/** What is said of a guest that cannot be asked: from its console, and from what it was told to run. */
import type { Guest } from '../plan/plan.ts';
import { type BootProgress, leftWords } from '../qemu/boot-progress.ts';
import { harmless } from '../text/harmless.ts';
import type { Probe } from './probe.ts';
import { lineOf, namedFrom } from './run-lines.ts';

/** How many lines of a console are told: enough to see what went wrong. */
const tailLength = 8;

/**
 * The failed probe of a guest that is not there to be asked.
 *
 * @param console what the guest has said since its QEMU was started
 * @param left how it has left, where its console does not tell
 */
export function leftProbe(guest: Guest, console: BootProgress, left = console.left): Probe {
  return { id: 'host-guest', vm: guest.name, status: 'failed', reason: whyGone(guest, console, left), ms: 0 };
}

const after = {
  off: '; sudo labnet repair starts it again',
  halted: '; its QEMU runs, and it never will',
  asleep: '; its QEMU runs, and nothing wakes it',
} as const;

function whyGone(guest: Guest, console: BootProgress, left: BootProgress['left']): string {
  const { name } = guest;
  const { line } = console;
  if (left === undefined) {
    const tail = harmless(console.tail()).split('\n').slice(-tailLength).join('\n');
    const said = tail === '' ? '' : `; its console said last:\n${tail.replaceAll(/^/gm, '    ')}`;
    return `${name} does not run: its QEMU has ended${said}`;
  }
  const what = `${leftWords[left]}${left === 'asleep' ? ' (suspend)' : ''}`;
  const next = after[left];
  if (line === undefined) return `${name} ${what}${next}`;
  const began = `${name} ${what}: ${lineOf(guest, line.number)} was the last to begin`;
  if (line.number === line.count) return `${began}${next}`;
  const rest = left === 'off' ? ', and it goes on with them' : '';
  return `${began}, and ${namedFrom(line.number + 1, line.count)} did not${next}${rest}`;
}

/**
 * What the console tells of a guest that runs, and that ssh does not get into, to stand behind ssh's own words: what its
 * boot has failed by, or that it has come up and can be entered there; nothing of one that is on its way.
 */
export function consoleWords({ name }: Guest, console: BootProgress): string {
  const { failure, phase, goingDown, letsRootIn } = console;
  const open = `sudo labnet console ${name} opens it`;
  if (failure === undefined)
    return phase === 'ready' && !goingDown ? `; its console needs neither network nor ssh: ${open}` : '';
  const said = `; its console says: ${harmless(failure).trimEnd()}`;
  return letsRootIn
    ? `${said}; ${open}, if root has a password in the image`
    : `${said}; sudo labnet logs ${name} shows the whole console`;
}
