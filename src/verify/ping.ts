import type { Host } from '../host/host.ts';
import { neighbourAt } from '../observe/neighbours.ts';
import { readRoutes } from '../observe/routes.ts';
import type { Guest, Plan, Reach } from '../plan/plan.ts';
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
  const { namespace, address } = guest.reach;
  const argv = ['ping', '-n', '-q', '-c', '1', '-w', seconds, address];
  const { status } = await host.run(argv, { namespace, accept: [0, 1, 2], signal });
  const passed = status === 0;
  const reason = passed
    ? `${address} answers`
    : `${address} does not answer to ping within ${seconds} s${await whereItEnds(guest.reach, network.bridge, host)}`;
  return {
    id: 'host-guest',
    vm: guest.name,
    status: passed ? 'passed' : 'failed',
    reason,
    ms: Date.now() - started,
  };
}

/** What is known of a ping that a guest did not answer: whether it went to the bridge, and whether anybody is there. */
async function whereItEnds({ address, namespace }: Reach, bridge: string, host: Host): Promise<string> {
  const [{ status, stdout }, neighbour] = await Promise.all([
    host.run(['ip', '-json', '-4', 'route', 'get', address], { namespace, accept: [0, 1, 2] }),
    neighbourAt(address, host, namespace),
  ]);
  const dev = status === 0 ? readRoutes(stdout)[0]?.dev : undefined;
  if (dev !== undefined && dev !== bridge)
    return `: this host sends what is for it to ${dev}, by a route or rule that is not the lab's (ip route get ${address})`;
  const through = ` through ${bridge} and its tap`;
  const { state = [], confirmedSeconds = 0 } = neighbour ?? {};
  // What it has shown before the ping says nothing of now.
  if (state.includes('REACHABLE') && confirmedSeconds < pingSeconds)
    return `${through}, though it is there: it has told its hardware address`;
  return state.includes('FAILED')
    ? `${through}: nobody has that address there (ARP), as where the VM, or its image, has not set its network up`
    : through;
}
