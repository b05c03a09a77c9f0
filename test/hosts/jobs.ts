/** What is done in the stock hosts: a job is test/hosts/jobs/NAME.py, and passes or fails as a whole. */
export interface Job {
  readonly name: string;
  /** Names of the hosts that it is done on. */
  readonly hosts: readonly string[];
  /** Minutes from power-on to its end. Emulation is slow, and other work on the PC makes it slower. */
  readonly deadlineMin: number;
  /** It kills the PC: what a guest has flushed must be on the disk. */
  readonly durable?: boolean | undefined;
  /** Further Debian packages that its host's apt finds on the disk. */
  readonly packages?: readonly string[] | undefined;
}

const both = ['debian-12', 'debian-13'];

export const jobs: readonly Job[] = [{ name: 'main', hosts: both, deadlineMin: 40 }];
