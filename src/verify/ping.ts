import type { Host } from '../host/host.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import type { Probe } from './probe.ts';

/** Seconds on a usual PC in which a guest answers to ping. */
const pingSeconds = 10;

/** Whether a guest answers the host, through its tap and the bridge. */
export async function pingFromHost(
  guest: Guest,
  { network }: Plan,
  { host, signal }: { readonly host: Host; readonly signal: AbortSignal },
): Promise<Probe> {
  const started = Date.now();
  const seconds = String(Math.ceil(pingSeconds * host.pace));
  const argv = ['ping', '-n', '-q', '-c', '1', '-w', seconds, guest.address];
  const { status } = await host.run(argv, { namespace: network.namespace, accept: [0, 1, 2], signal });
  const passed = status === 0;
  const reason = passed
    ? `${guest.address} answers`
    : `${guest.address} does not answer to ping within ${seconds} s through ${network.bridge} and its tap`;
  return {
    id: 'host-guest',
    vm: guest.name,
    status: passed ? 'passed' : 'failed',
    reason,
    ms: Date.now() - started,
  };
}
