/** How a command ends that a user has labnet run, in a VM or in a lab's host. */

/** How it is run with --json: it may take a day (in ms), and end with any status. */
export const captured = {
  timeout: 86_400_000,
  accept: Array.from({ length: 256 }, (_, status) => status),
};

/** The exit status to end with: 255 would tell whoever called labnet by ssh that their own connection broke. */
export function shownStatus(status: number): number {
  return status === 255 ? 1 : status;
}
