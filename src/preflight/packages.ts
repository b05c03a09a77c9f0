import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { missingPrograms, packageOf } from '../host/programs.ts';

/** The Debian packages of those of some programs that are not installed. */
export async function missingPackages(programs: readonly string[]): Promise<readonly string[]> {
  const missing = await missingPrograms(programs);
  return [...new Set(missing.map((program) => packageOf[program] ?? program))];
}

/**
 * Refuses a host that lacks one of some programs.
 *
 * @throws LabnetError missing-program, naming the packages and the exact command.
 */
export async function requirePrograms(
  programs: readonly string[],
  { ground }: Pick<Host, 'ground'>,
): Promise<void> {
  const packages = await missingPackages(programs);
  if (packages.length === 0) return;
  throw new LabnetError(
    'missing-program',
    `this host lacks ${(await missingPrograms(programs)).join(', ')}`,
    {
      hint: `sudo apt-get install --no-install-recommends ${packages.join(' ')}\n${ground === 'pc' ? 'or give --yes, and labnet installs them' : 'which the admin of this PC can do'}`,
    },
  );
}

/** Installs packages with apt, asking nothing. */
export async function installPackages(
  packages: readonly string[],
  host: Host,
  onLine: (line: string) => void,
): Promise<void> {
  const options = { timeout: 1_800_000, onLine, env: { DEBIAN_FRONTEND: 'noninteractive' } };
  // Without the lists of a mirror, as on a new machine, apt knows no package at all.
  await host.run(['apt-get', 'update'], options);
  await host.run(['apt-get', 'install', '--yes', '--no-install-recommends', ...packages], options);
}
