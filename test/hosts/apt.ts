/** apt on this machine, asked about another: another suite, other packages installed, none of this machine's settings. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Mirror } from './mirror.ts';

export interface AptOptions {
  readonly suite: string;
  /** dpkg's status file of the other: what is installed there. */
  readonly status: string;
  readonly mirror: Mirror;
  /** Whether packages bring what they recommend. */
  readonly recommends: boolean;
}

export interface Apt {
  /** Runs apt-get. */
  run(argv: readonly string[]): Promise<string>;
  /** Where it puts packages that it fetches. */
  readonly archives: string;
  /** Where it has put the mirror's indexes. */
  readonly lists: string;
}

/** @param directory to work in; it is removed at the end */
export async function withApt<T>(
  directory: string,
  { suite, status, mirror, recommends }: AptOptions,
  use: (apt: Apt) => Promise<T>,
): Promise<T> {
  for (const part of ['etc/apt.conf.d', 'etc/preferences.d', 'state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(directory, part), { recursive: true });
  // The keys of releases past too: Debian 11's are among them on newer machines.
  const keys = ['keyring', 'removed-keys'].map((name) => `/usr/share/keyrings/debian-archive-${name}.gpg`);
  writeFileSync(
    join(directory, 'etc', 'sources.list'),
    `deb [arch=amd64 signed-by=${keys.join(',')}] ${mirror.archive} ${suite} main\n`,
  );
  const config = join(directory, 'apt.conf');
  writeFileSync(
    config,
    `Dir::Etc "${directory}/etc";
Dir::State "${directory}/state";
Dir::State::status "${status}";
Dir::Cache "${directory}/cache";
APT::Sandbox::User "root";
APT::Install-Recommends "${recommends}";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Debug::NoLocking "true";
`,
  );
  // Named in the environment, it is read before this machine's own settings, and these are not found any more.
  const env = { ...mirror.proxy, APT_CONFIG: config };
  const run = async (argv: readonly string[]) => (await execa('apt-get', argv, { env })).stdout;
  try {
    await run(['update']);
    return await use({
      run,
      archives: join(directory, 'cache', 'archives'),
      lists: join(directory, 'state', 'lists'),
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
