import { readlink } from 'node:fs/promises';
import { LabnetError } from '../errors.ts';
import { type Holder, startHolder } from './holder.ts';

/** Milliseconds that making the namespace may take on a usual PC. */
const timeoutMs = 60_000;

/**
 * Opens a mount namespace that goes with its holder, and with it every mount in it: nothing has to be unmounted after
 * a kill -9. Mount into it with `mount --namespace PID`, run in it with `nsenter --mount=/proc/PID/ns/mnt`. It is checked to be another than labnet's own, where a mount would stay.
 *
 * What the host mounts and unmounts later it mounts and unmounts as well: a USB stick that is taken out of the host is
 * in no use here.
 *
 * @param pace how many times longer than usual it may take
 * @throws LabnetError failed
 */
export async function openPrivateMounts(pace = 1): Promise<Holder> {
  const argv = ['unshare', '--mount', '--propagation', 'slave'];
  const holder = await startHolder(argv, timeoutMs * pace, async ({ message }) => failed(message));
  const [own, its] = await Promise.all(['self', holder.pid].map((pid) => readlink(`/proc/${pid}/ns/mnt`)));
  if (own !== its) return holder;
  await holder.close();
  throw failed('unshare has made none');
}

/** The words with which nsenter(1) goes into the mount namespace that a holder holds. */
export function enteringMounts({ pid }: Pick<Holder, 'pid'>): readonly string[] {
  return [`--mount=/proc/${pid}/ns/mnt`];
}

function failed(message: string): LabnetError {
  return new LabnetError('failed', `cannot make a private mount namespace: ${message}`);
}
