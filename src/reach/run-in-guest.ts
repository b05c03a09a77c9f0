/** A script that is run in a guest: by ssh, as the lab's user, or where that does not go, by the channel, as root. */
import { LabnetError, messageOf } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import { runByChannel } from './channel.ts';
import { enter, isSshs, type Patience, whatSshSaid } from './session.ts';
import { sshCommand } from './ssh.ts';

/** Seconds on a usual PC in which ssh has reached a guest. */
const connectSeconds = 30;

/** The most characters that are read of one guest in a session. */
const mostSaid = 1024 * 1024;

/** What running a script in a guest needs besides the guest and its plan. */
export interface RunInGuest extends Patience {
  readonly host: Host;
  readonly roots: Roots;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds on a usual PC that the script may take. */
  readonly timeout: number;
}

/** What a script has said in a guest, by the guest's own word, and how the guest was entered. */
export interface Told {
  readonly said: string;
  /** Why ssh did not do, where the guest was entered by the channel. */
  readonly notBySsh?: string | undefined;
  /** Whether ssh itself has failed, so that the shell of the guest's user was not reached. */
  readonly shut: boolean;
}

/** Whether a run has failed since ssh itself did, so that the shell of the guest's user was not reached. */
export function isShut(error: unknown): boolean {
  return error instanceof Error && isSshs(error.cause);
}

/**
 * Runs a script in a guest.
 *
 * @param end how all that a whole run says ends: another one ended early
 * @throws LabnetError failed with what ssh said when there is no way in, or the script does not run to its end; interrupted
 */
export async function runInGuest(
  guest: Guest,
  plan: Plan,
  script: string,
  end: string,
  { host, roots, signal, timeout, ...patience }: RunInGuest,
): Promise<Told> {
  const { namespace, channel } = guest.reach;
  const seconds = Math.ceil(connectSeconds * host.pace);
  const options = ['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${seconds}`];
  const argv = [...sshCommand(guest, plan, roots, options), 'sh', '-s'];
  const session = { namespace, stdin: script, signal, most: mostSaid, timeout };
  const isWhole = (said: string) => said.trimEnd().endsWith(end);
  let failure: unknown;
  try {
    const { stdout } = await enter(argv, session, patience, host);
    if (isWhole(stdout)) return { said: stdout, shut: false };
    failure = new Error('the session ended early');
  } catch (error) {
    if (error instanceof LabnetError && error.code === 'interrupted') throw error;
    failure = error;
  }
  const notBySsh = whatSshSaid(failure);
  if (channel === undefined) throw new LabnetError('failed', notBySsh, { cause: failure });
  const { said, failed = 'the session ended early' } = await byChannel(
    channel,
    script,
    { signal, timeout },
    host,
  );
  if (said !== undefined && isWhole(said)) return { said, notBySsh, shut: isSshs(failure) };
  const neither = `${notBySsh}; nor by a port of QEMU, the second way into a VM: ${failed}`;
  throw new LabnetError('failed', neither, { cause: failure });
}

/** What a script says by the channel, or why it says nothing there. @throws LabnetError interrupted */
async function byChannel(
  channel: string,
  script: string,
  options: Pick<RunInGuest, 'signal' | 'timeout'>,
  host: Host,
): Promise<{ readonly said?: string; readonly failed?: string }> {
  try {
    return { said: (await runByChannel(channel, script, { ...options, most: mostSaid }, host)).said };
  } catch (error) {
    if (error instanceof LabnetError && error.code === 'interrupted') throw error;
    // The path of the port's socket tells a reader nothing.
    return { failed: messageOf(error).replace(`${channel}: `, '') };
  }
}
