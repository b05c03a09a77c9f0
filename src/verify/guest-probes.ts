import { readAnswers } from '../checks/answers.ts';
import { checksOf } from '../checks/planned.ts';
import { endOfChecks, guestScript, leavingLine } from '../checks/script.ts';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import { enter, whatSshSaid } from '../reach/session.ts';
import { sshCommand } from '../reach/ssh.ts';
import { judged } from './judged.ts';
import type { Probe } from './probe.ts';
import { explained, skipped } from './way-out.ts';

/** Milliseconds on a usual PC that sshd may take to come up. */
const timeoutMs = 60_000;

/** Seconds on a usual PC in which ssh has reached a guest. */
const sshSeconds = 30;

/** The most characters that are read of one guest: all its answers together are fewer. */
const mostSaid = 1024 * 1024;

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
}

/** What one session brought. */
export interface Asked {
  readonly probes: readonly Probe[];
  /** Whether the guest is about to restart or to switch itself off, and was asked nothing else. */
  readonly leaves: boolean;
}

/** The probes of all checks that are made inside one guest, in one ssh session. */
export async function guestProbes(
  guest: Guest,
  plan: Plan,
  { host, roots, signal, expected, restored = false }: GuestProbeOptions,
): Promise<Asked> {
  const checks = checksOf(guest, plan);
  const script = guestScript(checks, { pace: host.pace, mayLeave: guest.mayLeave, restored });
  const seconds = Math.ceil(sshSeconds * host.pace);
  const options = ['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${seconds}`];
  const argv = [...sshCommand(guest, plan, roots, options), 'sh', '-s'];
  const started = Date.now();
  const waiting = expected ? timeoutMs * host.pace : 0;
  try {
    const session = { namespace: plan.network.namespace, stdin: script, signal, most: mostSaid };
    const { stdout } = await enter(argv, session, { waiting, mayLeave: guest.mayLeave }, host);
    if (!stdout.trimEnd().endsWith(endOfChecks)) throw new LabnetError('failed', 'the session ended early');
    const login: Probe = {
      id: 'ssh',
      vm: guest.name,
      status: 'passed',
      reason: `logged in as ${guest.user}`,
      ms: Date.now() - started,
    };
    if (stdout.split('\n').includes(leavingLine)) return { probes: [login], leaves: true };
    const answers = readAnswers(
      stdout,
      checks.map(({ id = '' }) => id),
    );
    const probes = [...answers].map(([id, answer]) => judged(id, answer, guest, started));
    return {
      probes: [login, ...(await explained(probes, plan, host)), ...skipped(guest, plan)],
      leaves: false,
    };
  } catch (error) {
    if (error instanceof LabnetError && error.code === 'interrupted') throw error;
    const ms = Date.now() - started;
    const tried = waiting > 0 ? ` (tried for ${Math.round(ms / 1000)} s)` : '';
    const reason = `cannot enter ${guest.name} by ssh, so nothing inside it was checked: ${whatSshSaid(error)}${tried}`;
    return { probes: [{ id: 'ssh', vm: guest.name, status: 'failed', reason, ms }], leaves: false };
  }
}
