import { readFileSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { type Roots, shipped } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import { runInGuest } from '../reach/run-in-guest.ts';

/** Milliseconds that a session may take on a usual PC. */
const sessionMs = 30_000;

/** What the script says once the clock is set. */
const clockIsSet = 'labnet: the clock is set';

/** Milliseconds that a VM may stand still before its clock is worth a session. */
const noticeableMs = 500;

/** What setting the clocks of guests needs besides their plan. */
export interface SetClocksOptions {
  readonly host: Host;
  readonly roots: Roots;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has a lab saved, which pauses its VMs, and sets their clocks afterwards, also where saving has failed.
 *
 * @param save tells how long the VMs stood still, in milliseconds
 * @param say is told of each clock that is late
 */
export async function withClocksSet<T>(
  plan: Plan,
  save: (onPaused: (pausedMs: number) => void) => Promise<T>,
  say: (note: string) => void,
  options: SetClocksOptions,
): Promise<T> {
  let pausedMs = 0;
  try {
    return await save((ms) => {
      pausedMs = ms;
    });
  } finally {
    for (const note of await setClocks(plan, pausedMs, options)) say(note);
  }
}

/**
 * Sets the guests' clocks by their RTCs, which go with the host's: the clock of a VM stands still while that is paused.
 *
 * @param pausedMs how long the VMs have stood still, in milliseconds
 * @returns a note for each guest whose clock is late and could not be set
 */
export async function setClocks(
  plan: Plan,
  pausedMs: number,
  options: SetClocksOptions,
): Promise<readonly string[]> {
  if (pausedMs < noticeableMs) return [];
  const notes = plan.guests.map(async (guest) => {
    const why = await setClock(guest, plan, options);
    const late = (pausedMs / 1000).toFixed(1);
    return why === undefined
      ? []
      : [
          `${guest.name} stood still for ${late} s while it was saved, and its clock could not be set: ${why}`,
        ];
  });
  return (await Promise.all(notes)).flat();
}

/** Sets the clock of one guest. @returns why it could not be set */
export async function setClock(
  guest: Guest,
  plan: Plan,
  { host, roots, signal }: SetClocksOptions,
): Promise<string | undefined> {
  const wake = readFileSync(`${shipped.guest}wake-guest.sh`, 'utf8');
  const script = `entropy=\n${wake}\necho '${clockIsSet}'\n`;
  const session = { host, roots, signal, timeout: sessionMs, waiting: 0, mayLeave: false };
  try {
    await runInGuest(guest, plan, script, clockIsSet, session);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
