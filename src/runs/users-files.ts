import { LabnetError } from '../errors.ts';
import { CommandFailed } from '../host/command-failed.ts';
import type { RunOptions } from '../host/host.ts';
import type { Context } from './context.ts';
import { invokerOf, type User } from './invoker.ts';

/**
 * Files outside labnet's own directories. They lie where the user has the say, so they are the user's, and are written
 * with the user's rights alone: where a link in the way leads, the user could have gone without labnet.
 */
export interface UsersFiles {
  readonly user: User;
  /** Makes a directory with its parents; what is there already stays as it is. */
  makeDirectory(path: string): Promise<void>;
  /** Writes a new file. */
  write(path: string, text: string): Promise<void>;
  /** Copies a file, which the user can read, to a new one; holes stay holes. */
  copy(from: string, to: string, options: Pick<RunOptions, 'timeout' | 'signal'>): Promise<void>;
  remove(path: string): Promise<void>;
  removeEmptyDirectory(path: string): Promise<void>;
}

/**
 * The words with which dd(1) makes a new file or none: a link that stands there is neither followed nor replaced. The
 * whole of it is on the disk.
 */
const whole = ['conv=sparse,excl,fsync', 'status=none'];

/**
 * Makes the files of the user who has typed the command, behind sudo or not.
 *
 * @throws LabnetError usage as invokerOf does.
 */
export async function usersFiles({
  host,
  env,
  uid,
}: Pick<Context, 'host' | 'env' | 'uid'>): Promise<UsersFiles> {
  const user = uid === 0 ? invokerOf(env) : { uid, gid: process.getgid?.() ?? uid };
  const become = user.uid === uid ? [] : await becoming(user, host);
  const run = async (argv: readonly string[], options: RunOptions = {}) => {
    try {
      // Everyone may read these files, like those that the user writes.
      await host.run([...become, ...argv], { umask: 0o022, ...options });
    } catch (error) {
      if (!(error instanceof CommandFailed) || !error.stderr.includes('Permission denied')) throw error;
      throw new LabnetError('failed', error.stderr.trim(), {
        hint: `what is made for you is written with your own rights (uid ${user.uid}): name a place that you may write to`,
        cause: error,
      });
    }
  };
  return {
    user,
    makeDirectory: (path) => run(['mkdir', '--parents', '--', path]),
    async write(path, text) {
      try {
        await run(['dd', `of=${path}`, ...whole], { stdin: text });
      } catch (error) {
        const others = error instanceof CommandFailed && error.stderr.includes('File exists');
        // Half a file is no file.
        if (!others) await run(['rm', '--force', '--', path]).catch(() => {});
        throw error;
      }
    },
    copy: (from, to, options) => run(['dd', `if=${from}`, `of=${to}`, 'bs=64K', ...whole], options),
    remove: (path) => run(['rm', '--force', '--', path]),
    removeEmptyDirectory: (path) => run(['rmdir', '--ignore-fail-on-non-empty', '--', path]),
  };
}

/** The words before a command that make it run as a user, in all groups of his. */
async function becoming({ uid, gid }: User, host: Context['host']): Promise<readonly string[]> {
  // Status 2: there is no such user, who then is in no other group.
  const { status } = await host.run(['getent', 'passwd', String(uid)], { accept: [0, 2] });
  const groups = status === 0 ? '--init-groups' : '--clear-groups';
  return [
    'setpriv',
    '--reuid',
    String(uid),
    '--regid',
    String(gid),
    groups,
    '--inh-caps=-all',
    '--no-new-privs',
    '--',
  ];
}
