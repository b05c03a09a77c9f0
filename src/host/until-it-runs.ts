import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/**
 * The signals that a terminal sends to all of the group in front of it, and timeout(1) to its own group: labnet ends in
 * its own way then.
 */
const toTheGroup: ReadonlySet<number> = new Set([
  constants.signals.SIGHUP,
  constants.signals.SIGINT,
  constants.signals.SIGTERM,
]);

/**
 * Starts a process that is to have a session of its own, as often as it takes until it runs. From its fork until it has
 * that session it is in labnet's group, with no handler for any signal (uv__process_child_init in libuv's
 * src/unix/process.c; a signal to the group during the fork comes to both, copy_process in the kernel's kernel/fork.c).
 * One of two or three Ctrl-C typed while labnet is starting programs ends a process so, before it has done anything.
 *
 * @param start starts it and returns once it has begun its program or is gone, as libuv's spawn does
 */
export function untilItRuns<Child extends { readonly pid?: number | undefined }>(start: () => Child): Child {
  for (;;) {
    const child = start();
    if (!toTheGroup.has(endedBy(child.pid))) return child;
  }
}

/**
 * The signal that has ended a child nobody has waited for yet; 0 for none (proc_pid_stat(5), exit_code, as wait(2) has
 * it).
 */
function endedBy(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(' ') + 1)) & 0x7f;
  } catch {
    return 0;
  }
}
