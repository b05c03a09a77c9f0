import { type Holder, startHolder } from './holder.ts';

/**
 * Opens a mount namespace that goes with its holder, and with it every mount in it: nothing has to be unmounted after
 * a kill -9.
 */
export async function openPrivateMounts(): Promise<Holder> {
  return startHolder(
    ['unshare', '--mount', '--propagation', 'private'],
    async ({ message }) => new Error(`cannot make a private mount namespace: ${message}`),
  );
}
