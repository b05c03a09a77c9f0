/**
 * The PATH of every program labnet starts: Debian's for root, since the user's own may lack the sbin directories and
 * may hold anything. LABNET_PATH replaces it: for hosts that keep their tools elsewhere, and for tests.
 */
export function trustedPath(): string {
  return process.env.LABNET_PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
}
