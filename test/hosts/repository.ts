/** An apt repository as a plain directory: what a host would fetch from a mirror, it reads from a disk instead. */
import { createWriteStream, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import type { Mirror } from './mirror.ts';

export interface RepositoryOptions {
  readonly suite: string;
  readonly packages: readonly string[];
  /** dpkg's status file of the host: what is installed there is not fetched again. */
  readonly status: string;
  readonly mirror: Mirror;
  /** Fetch what they recommend too, and so on. */
  readonly recommends: boolean;
}

/** Fetches the packages and all that they depend on, and writes their index. */
export async function makeRepository(
  directory: string,
  { suite, packages, status, mirror, recommends }: RepositoryOptions,
): Promise<void> {
  const apt = `${directory}.apt`;
  const archives = join(apt, 'cache', 'archives');
  for (const part of ['etc/apt.conf.d', 'etc/preferences.d', 'state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, part), { recursive: true });
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(
    join(apt, 'etc', 'sources.list'),
    `deb [arch=amd64 signed-by=${key}] ${mirror.archive} ${suite} main\n`,
  );
  const config = join(apt, 'apt.conf');
  writeFileSync(
    config,
    `Dir::Etc "${apt}/etc";
Dir::State "${apt}/state";
Dir::State::status "${status}";
Dir::Cache "${apt}/cache";
APT::Sandbox::User "root";
APT::Install-Recommends "${recommends}";
Debug::NoLocking "true";
Acquire::Languages "none";
`,
  );
  // Named in the environment, it is read before this machine's own settings, and these are not found any more.
  const env = { ...mirror.proxy, APT_CONFIG: config };
  await execa('apt-get', ['update'], { env });
  await execa('apt-get', ['--yes', '--download-only', 'install', ...packages], { env });
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(archives).filter((one) => one.endsWith('.deb')))
    renameSync(join(archives, name), join(directory, name));
  rmSync(apt, { recursive: true });
  const index = execa('apt-ftparchive', ['packages', '.'], {
    cwd: directory,
    buffer: false,
  });
  await Promise.all([pipeline(index.stdout, createWriteStream(join(directory, 'Packages'))), index]);
}
