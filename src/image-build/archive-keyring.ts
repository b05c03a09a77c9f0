import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';

const directory = '/usr/share/keyrings';
/**
 * The files of Debian's archive keys. The second holds the keys of releases past: on Debian 13 those of Debian 11 are
 * there.
 */
const keyrings = [`${directory}/debian-archive-keyring.gpg`, `${directory}/debian-archive-removed-keys.gpg`];

/**
 * Makes a directory with Debian's archive keys, since apt takes one directory or one file.
 *
 * @throws LabnetError missing-program when the keys are not installed
 */
export async function makeKeyring(path: string, host: Host): Promise<string> {
  const present: string[] = [];
  for (const keyring of keyrings) {
    if ((await host.stat(keyring)) !== undefined) present.push(keyring);
  }
  if (present.length === 0) {
    throw new LabnetError('missing-program', "Debian's archive keys are not installed", {
      hint: 'sudo apt-get install --no-install-recommends debian-archive-keyring',
    });
  }
  await host.makeDirectory(path, { mode: 0o755 });
  // Newer packages have symlinks there.
  // The copies can be read by apt's own user, which checks the signatures.
  await host.run(['cp', '--dereference', '--', ...present, path], { umask: 0o022 });
  return path;
}
