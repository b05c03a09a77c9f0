import { readAnswers } from '../checks/answers.ts';
import { allowedMs } from '../checks/how-long.ts';
import { checksOf } from '../checks/planned.ts';
import { endOfChecks, guestScript, leavingLine } from '../checks/script.ts';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import { isShut, runInGuest, type Told } from '../reach/run-in-guest.ts';
import { whatSshSaid } from '../reach/session.ts';
import { judged } from './judged.ts';
import { whyNoSsh } from './no-ssh.ts';
import type { Probe } from './probe.ts';
import { explained, skipped } from './way-out.ts';

/** Milliseconds on a usual PC that sshd may take to come up, and after which a wait is worth a word. */
const usualMs = { sshd: 60_000, long: 15_000 };

/** What the probes inside a guest need besides the guest and its plan. */
export interface GuestProbeOptions {
  readonly host: Host;
  readonly roots: Roots;
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the guest has answered to ping, or is on its way down or up: its sshd is waited for. Otherwise one try is
   * enough.
   */
  readonly expected: boolean;
  /** Whether the guest goes on from a saved state: its clock and random generator are set first. */
  readonly restored?: boolean | undefined;
  /** Is told what is waited for, where it takes long. */
  readonly onWait?: ((what: string) => void) | undefined;
}

/** What one session brought. */
export interface Asked {
  readonly probes: readonly Probe[];
  /** Whether the guest is about to restart or to switch itself off, and was asked nothing else. */
  readonly leaves: boolean;
  /** Whether ssh itself has failed, so that the shell of the guest's user was not reached. */
  readonly shut: boolean;
}

/** The probes of all checks that are made inside one guest, in one session. */
export async function guestProbes(
  guest: Guest,
  plan: Plan,
  { host, roots, signal, expected, restored = false, onWait }: GuestProbeOptions,
): Promise<Asked> {
  const checks = checksOf(guest, plan);
  const script = guestScript(checks, { pace: host.pace, mayLeave: guest.mayLeave, restored });
  const started = Date.now();
  const waiting = expected ? usualMs.sshd * host.pace : 0;
  const session = {
    host,
    roots,
    signal,
    timeout: allowedMs(checks, guest.mayLeave),
    waiting,
    mayLeave: guest.mayLeave,
  };
  const login = (told: Told | undefined, why = '', cause?: string): Probe => {
    const ms = Date.now() - started;
    const { notBySsh = why } = told ?? {};
    if (notBySsh === '')
      return { id: 'ssh', vm: guest.name, status: 'passed', reason: `logged in as ${guest.user}`, ms };
    const tried = waiting > 0 ? ` (tried for ${Math.round(ms / 1000)} s)` : '';
    const inside = told === undefined ? 'nothing inside it was checked' : 'it was entered by a port of QEMU';
    const because = cause === undefined ? '' : `; from inside: ${cause}`;
    const reason = `cannot enter ${guest.name} by ssh, so ${inside}: ${notBySsh}${tried}${because}`;
    return { id: 'ssh', vm: guest.name, status: 'failed', reason, ms };
  };
  const most = Math.ceil((session.timeout * host.pace) / 1000);
  const notice = setTimeout(
    () => onWait?.(`${guest.name}: its answers are still waited for, each way into it for ${most} s at most`),
    usualMs.long * host.pace,
  );
  try {
    const told = await runInGuest(guest, plan, script, endOfChecks, session);
    const cause = told.shut ? await whyNoSsh(guest, plan, session) : undefined;
    if (told.said.split('\n').includes(leavingLine))
      return { probes: [login(told)], leaves: true, shut: false };
    const ids = checks.map(({ id = '' }) => id);
    const probes = [...readAnswers(told.said, ids)].map(([id, answer]) => judged(id, answer, guest, started));
    return {
      probes: [login(told, '', cause), ...(await explained(probes, plan, host)), ...skipped(guest, plan)],
      leaves: false,
      shut: told.shut && cause === undefined,
    };
  } catch (error) {
    if (error instanceof LabnetError && error.code === 'interrupted') throw error;
    return { probes: [login(undefined, whatSshSaid(error))], leaves: false, shut: isShut(error) };
  } finally {
    clearTimeout(notice);
  }
}
