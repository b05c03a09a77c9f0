import { labPaths, type Roots } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';

/**
 * The ssh command into a guest: the lab's own key, the host key known from the seed, and nothing of the user's own
 * configuration, agent or known_hosts.
 */
export function sshCommand(
  guest: Guest,
  plan: Plan,
  roots: Roots,
  options: readonly string[] = [],
): readonly string[] {
  const { clientKey, knownHosts } = labPaths(roots, plan.lab);
  return [
    'ssh',
    ...['-F', 'none'],
    ...['-i', clientKey],
    ...['-o', 'IdentitiesOnly=yes'],
    ...['-o', 'IdentityAgent=none'],
    ...['-o', `UserKnownHostsFile=${knownHosts}`],
    ...['-o', 'GlobalKnownHostsFile=none'],
    ...['-o', 'StrictHostKeyChecking=yes'],
    ...['-o', `HostKeyAlias=${guest.name}`],
    ...['-o', 'LogLevel=ERROR'],
    ...options,
    `${guest.user}@${guest.reach.address}`,
  ];
}
