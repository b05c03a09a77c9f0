import type { Lock } from '../host/lock.ts';
import { lockHost } from '../labs/lab-store.ts';
import type { Context } from './context.ts';

/**
 * The host's lock over one run, held from the look at the host to the end of the changes, so that two labs do not take
 * the same thing. A run may give it up for a while.
 */
export interface HostLock {
  /** Takes the lock, unless this run has it already. @throws LabnetError locked */
  take(): Promise<void>;
  /** Gives the lock up; no error when it is not held. */
  release(): Promise<void>;
}

/** Makes the host's lock for one run, not taken yet. @param why what others are told that it is held for */
export function hostLock(
  why: string,
  { host, roots, options }: Pick<Context, 'host' | 'roots' | 'options'>,
): HostLock {
  let held: Lock | undefined;
  return {
    async take() {
      held ??= await lockHost(why, { host, roots, wait: options.wait });
    },
    async release() {
      const lock = held;
      held = undefined;
      await lock?.release();
    },
  };
}
