/** What a guest has answered, as probes; of two checks it only tells a value, and the host judges. */
import type { Answer } from '../checks/answers.ts';
import type { Guest } from '../plan/plan.ts';
import type { Probe } from './probe.ts';
import { runLinesProbe } from './run-lines.ts';

/** The seconds by which a guest's clock may be off the host's. */
const clockTolerance = 5;

/**
 * The probe that an answer makes.
 *
 * @param started when the session began in which it was given, in milliseconds since 1970
 */
export function judged(id: string, answer: Answer, guest: Guest, started: number): Probe {
  if (answer.status === 'passed' && id === 'clock') return clockProbe(guest, Number(answer.seen), started);
  if (answer.status === 'passed' && id === 'run') return linesProbe(guest, answer.seen);
  const { status, reason, ms } = answer;
  return { id, vm: guest.name, status, reason, ms };
}

/** The probe of the run lines, from what tell_run_lines of guest/cloud-init.sh says. */
function linesProbe(guest: Guest, told: string): Probe {
  const [begun = '', ended, end, said] = told.split(';');
  if (ended === undefined || end === undefined || said === undefined)
    return { id: 'run', vm: guest.name, status: 'failed', reason: 'no answer that can be read', ms: 0 };
  return runLinesProbe(guest, { begun, ended, done: end === 'done', over: end !== '', said });
}

/** The probe of a guest's clock, which the guest read somewhere between the start of the session and now. */
function clockProbe(guest: Guest, seconds: number, started: number): Probe {
  const now = Date.now() / 1000;
  const off = Math.max(started / 1000 - seconds, seconds - now, 0);
  // An answer that is no number counts as far off.
  const status = off <= clockTolerance ? 'passed' : 'failed';
  const how = Number.isFinite(off) ? `off by ${off.toFixed(1)} s` : 'its answer is no time';
  const next = status === 'failed' ? "; sudo labnet repair sets it by this PC's" : '';
  return { id: 'clock', vm: guest.name, status, reason: `${how}, at most ${clockTolerance}${next}`, ms: 0 };
}
