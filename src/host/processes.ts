/** The process half of the local host: /proc as the one source of truth (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessFacts } from './host.ts';

/** A running process; undefined when there is none of that pid. */
export async function process(pid: number): Promise<ProcessFacts | undefined> {
  return look(pid);
}

/** All running processes. */
export async function processes(): Promise<readonly ProcessFacts[]> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => look(Number(pid))).filter((facts) => facts !== undefined);
}

function look(pid: number): ProcessFacts | undefined {
  const [stat, status, cmdline] = ['stat', 'status', 'cmdline'].map((name) =>
    readNow(`/proc/${pid}/${name}`),
  );
  // The uid is not the owner of /proc/PID: that is root for a process that has changed its uid.
  const [, uid] = /^Uid:\t(\d+)/m.exec(status ?? '') ?? [];
  if (stat === undefined || cmdline === undefined || uid === undefined) return undefined;
  // The second field is the name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  if (state === 'Z' || startTime === undefined) return undefined;
  return { pid, startTime, uid: Number(uid), argv: cmdline.split('\0').slice(0, -1) };
}

/**
 * Reads a file of /proc; undefined when that fails. The kernel makes these files from memory: waiting for a thread to
 * read them takes ten times as long as reading them.
 */
export function readNow(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Sends a signal; a process that is gone is no error. */
export async function kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  try {
    globalThis.process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The processes that a process has started and that have not ended. */
export function childrenOf(pid: number | undefined): readonly number[] {
  return (readNow(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
}
