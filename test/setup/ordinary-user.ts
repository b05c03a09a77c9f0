/** An ordinary user of a cage's: no right of root's, a home of his own, a labnet that he can read. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';

/** No user of this machine, and none that labnet gives to a VM. */
export const uid = 47_110;

export interface OrdinaryUser {
  readonly home: string;
  /** The labnet under test, where he can read it. */
  readonly cli: string;
  /** The words before a command that he runs. */
  readonly become: readonly string[];
}

/**
 * Makes the user in a directory of a test's own.
 *
 * @param inside runs a command in the cage, as root
 */
export async function ordinaryUser(
  directory: string,
  inside: (...argv: string[]) => Promise<unknown>,
): Promise<OrdinaryUser> {
  const home = join(directory, 'home');
  mkdirSync(home, { recursive: true });
  execFileSync('chown', ['--recursive', `${uid}:${uid}`, home]);
  execFileSync('chmod', ['0700', home]);
  // Where the tests have built it only root can read it.
  const program = join(directory, 'labnet');
  execFileSync('cp', ['--recursive', '--dereference', dirname(dirname(inject('cli'))), program]);
  execFileSync('chmod', ['--recursive', 'a+rX', program]);
  // As udev makes it on every PC.
  await inside('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', '/dev/net');
  await inside('mknod', '--mode=0666', '/dev/net/tun', 'c', '10', '200');
  const rights = ['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'];
  const become = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', ...rights, '--'];
  return {
    home,
    cli: join(program, 'dist', 'cli.js'),
    become: [...become, 'env', `--chdir=${home}`, `HOME=${home}`],
  };
}

/** The user's processes, by what they are called, as ps(1) in the cage tells them. */
export async function processesOfUser(
  inside: (...argv: string[]) => Promise<string>,
): Promise<readonly string[]> {
  const said = await inside('ps', '--no-headers', '-eo', 'uid,state,args');
  return said
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([of, how, ...args]) => (of === String(uid) && how !== 'Z' ? [args.join(' ')] : []));
}
