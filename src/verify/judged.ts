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
  if (answer.status === 'passed' && id === 'clock') return clockProbe(guest, answer, started);
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
function clockProbe({ name: vm }: Guest, { seen, reason: told }: Answer, started: number): Probe {
  const probe = (status: Probe['status'], reason: string): Probe => ({
    id: 'clock',
    vm,
    status,
    reason,
    ms: 0,
  });
  const seconds = seen.trim() === '' ? Number.NaN : Number(seen);
  if (!Number.isFinite(seconds)) {
    const what = told === '' ? 'it said nothing' : `what came is no number: ${told}`;
    return probe('failed', `it was asked for its time in seconds, by date +%s, and ${what}`);
  }
  const off = Math.max(started / 1000 - seconds, seconds - Date.now() / 1000, 0);
  const how = `off by ${off.toFixed(1)} s, at most ${clockTolerance}`;
  if (off <= clockTolerance) return probe('passed', how);
  return probe('failed', `${how}; sudo labnet repair sets it by this PC's`);
}
