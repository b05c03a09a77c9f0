/** How long checks may take inside a guest. */
import type { Check } from './check.ts';

/** Seconds on a usual PC in which an answer to ping comes, a connection stands, and cloud-init ends after it has said so. */
export const seconds = { ping: 10, connection: 15, cloudInitEnd: 60 } as const;

/** Seconds that checks may take whose programs set no limit: glibc asks three resolvers for a name, twice each, for 5 s. */
const unlimited = { dns: 30, command: 15, other: 1 } as const;

/** Seconds for all that is no check: the session, and what the guest still has to write to its disk. */
const besides = 60;

/** The most seconds, of however many checks: where many fail, many would each take their whole time. */
const most = 300;

/**
 * Milliseconds on a usual PC in which a guest has answered: what its checks may take together, and a margin. Whoever
 * has not answered by then, and be it that his answer still comes byte by byte, is waited for no longer.
 */
export function allowedMs(checks: readonly Check[], mayLeave: boolean): number {
  const all = checks.reduce((sum, check) => sum + (check.within ?? 0) + secondsOf(check), besides);
  return 1000 * Math.min(most, all + (mayLeave ? seconds.cloudInitEnd : 0));
}

function secondsOf({ ping, port, http, dns, command }: Check): number {
  if (ping !== undefined) return seconds.ping;
  if (port !== undefined || http !== undefined) return seconds.connection;
  if (dns?.name !== undefined) return unlimited.dns;
  return command === undefined ? unlimited.other : unlimited.command;
}
