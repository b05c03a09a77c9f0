import { setTimeout as sleep } from 'node:timers/promises';
import { process } from './processes.ts';

/**
 * Waits until a process has gone: true then, false when `timeout` milliseconds have passed or the signal comes first.
 * The kernel tells only a parent of a process's end; for anyone else's process, looking is the portable way. It looks
 * often at first, since most ends are near; later four times a second.
 */
export async function waitForExit(pid: number, timeout: number, signal?: AbortSignal): Promise<boolean> {
  const started = (await process(pid))?.startTime;
  const deadline = performance.now() + timeout;
  let pauseMs = 5;
  while (started !== undefined && (await process(pid))?.startTime === started) {
    if (performance.now() > deadline || signal?.aborted) return false;
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, 250);
  }
  return true;
}
