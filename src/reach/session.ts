/** One ssh session into a guest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { said } from '../checks/answers.ts';
import { messageOf } from '../errors.ts';
import { CommandFailed } from '../host/command-failed.ts';
import type { Host, Output, RunOptions } from '../host/host.ts';

/** What ssh says of a port that nobody listens at yet. */
const notYet = /Connection refused|Connection reset|Connection closed|No route to host|timed out/;

/** How long a session is tried again, and for what. */
export interface Patience {
  /** Milliseconds in which nobody need answer yet. */
  readonly waiting: number;
  /** Whether the guest may be on its way down. */
  readonly mayLeave: boolean;
}

/** The status that ssh itself ends with, when it has not reached the guest or was cut off. */
const sshFailed = 255;

/**
 * Runs an ssh session, and tries again while nobody answers at the port: a guest whose cloud-init has nothing left to
 * do can be ready some seconds before its sshd is. One that is on its way down may say anything.
 */
export async function enter(
  argv: readonly string[],
  options: RunOptions,
  { waiting, mayLeave }: Patience,
  host: Host,
): Promise<Output> {
  const deadline = performance.now() + waiting;
  for (;;) {
    try {
      return await host.run(argv, options);
    } catch (error) {
      const early =
        error instanceof CommandFailed && (notYet.test(error.stderr) || (mayLeave && isSshs(error)));
      if (!early || performance.now() > deadline || options.signal?.aborted) throw error;
      await sleep(100);
    }
  }
}

/** Whether ssh itself has failed: it has not reached the guest, was not let in, or was cut off. */
export function isSshs(error: unknown): boolean {
  return error instanceof CommandFailed && error.end.how === 'exit' && error.end.status === sshFailed;
}

/** What ssh itself said, without the long line of the command; of a shell that takes none, how it ended. */
export function whatSshSaid(error: unknown): string {
  if (error instanceof CommandFailed && error.end.how === 'exit' && error.stderr.trim() === '') {
    const { status } = error.end;
    return `its user's shell ended with status ${status}, and ran nothing`;
  }
  const last = error instanceof CommandFailed ? error.stderr.trim().split('\n').at(-1) : undefined;
  // The last line of the message tells how the command ended; what was sent to it is no part of that.
  return said(last || (messageOf(error).split('\n').at(-1) ?? ''));
}
