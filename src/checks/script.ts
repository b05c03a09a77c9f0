/** The shell script that makes checks in a guest: what is in guest/ that they need, and a line for each of them. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { quoteWord } from '../host/shell-quote.ts';
import { shipped } from '../paths.ts';
import type { Check } from './check.ts';
import { seconds } from './how-long.ts';
import { checkLine, wantsPython } from './words.ts';

/** The last line that the script prints: whoever has it has all lines before it. */
export const endOfChecks = 'labnet: end of the checks';

/** The line that a guest prints in place of all answers when it is about to restart or to switch itself off. */
export const leavingLine = 'labnet: leaving';

/** How a guest is asked. */
export interface Asking {
  /** How many times longer than on a usual PC everything may take (see Host.pace). */
  readonly pace: number;
  /** Whether the guest may be about to restart itself, and is asked that first. */
  readonly mayLeave: boolean;
  /** Whether the guest goes on from a saved state: its clock and random generator are set first. */
  readonly restored: boolean;
}

/** The script that makes checks in a guest, for `sh -s`. It begins with what they need, and ends with them in turn. */
export function guestScript(checks: readonly Check[], { pace, mayLeave, restored }: Asking): string {
  const long = (usual: number) => Math.ceil(usual * pace);
  return [
    ...(restored ? [`entropy=${randomBytes(64).toString('hex')}`, ofGuest('wake-guest.sh')] : []),
    `ping_seconds=${long(seconds.ping)}`,
    `connection_seconds=${long(seconds.connection)}`,
    ...(checks.some(wantsPython) ? [`python=${quoteWord(ofGuest('checks.py'))}`] : []),
    ofGuest('checks.sh'),
    ofGuest('cloud-init.sh'),
    ...(mayLeave
      ? [
          ofGuest('going-down.sh'),
          `if leaves ${long(seconds.cloudInitEnd)}; then echo '${leavingLine}'; echo '${endOfChecks}'; exit; fi`,
        ]
      : []),
    // What cloud-init wrote is on the disk before the VM counts as configured: a power cut may follow at any time.
    'sync',
    ...checks.map((check) => checkLine(check, pace)),
    // Without this line the answers that are missing would go unnoticed.
    `echo '${endOfChecks}'`,
    '',
  ].join('\n');
}

const ofGuest = (name: string) => readFileSync(`${shipped.guest}${name}`, 'utf8');
