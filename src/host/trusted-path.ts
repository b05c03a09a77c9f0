import { existsSync } from 'node:fs';

/**
 * The PATH of every program labnet starts: Debian's for root, since the user's own may lack the sbin directories and
 * may hold anything. LABNET_PATH replaces it: for hosts that keep their tools elsewhere, and for tests.
 */
export function trustedPath(): string {
  return process.env.LABNET_PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
}

/** The directories of that PATH which are no part of /usr: a program with a view of its own needs to be shown them. */
export function programDirectories(): readonly string[] {
  const places = trustedPath().split(':');
  return [...new Set(places)].filter(
    (place) => !/^\/(?:usr\/|s?bin(?:\/|$))/.test(place) && existsSync(place),
  );
}
