import { LabnetError } from '../errors.ts';
import { type Holder, startHolder } from './holder.ts';

/** Seconds to wait until nobody makes or ends the user's own host, and milliseconds that flock(1) may take beyond. */
const most = { waitSeconds: 60, ms: 60_000 };

/** flock(1)'s exit status for a lock that somebody else holds. */
const busy = 75;

/**
 * Locks the user's own host: `shared` by everyone who is in it, `exclusive` by who makes or ends it. The lock ends with
 * labnet, however that ends.
 *
 * @param directory which is locked, and must be there
 * @param wait whether to wait for it
 * @returns undefined when others hold it
 * @throws LabnetError failed
 */
export async function lockOwnHost(
  directory: string,
  how: 'shared' | 'exclusive',
  wait = true,
): Promise<Holder | undefined> {
  const waiting = wait ? ['--wait', String(most.waitSeconds)] : ['--nonblock'];
  const argv = ['flock', `--${how}`, '--conflict-exit-code', String(busy), ...waiting, directory];
  let taken = false;
  try {
    return await startHolder(argv, most.waitSeconds * 1000 + most.ms, async ({ status, message }) => {
      taken = status === busy;
      return new LabnetError('failed', `cannot lock ${directory}: ${message}`);
    });
  } catch (error) {
    if (taken) return undefined;
    throw error;
  }
}
