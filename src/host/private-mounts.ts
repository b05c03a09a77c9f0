import { once } from 'node:events';
import { execa } from 'execa';
import type { PrivateMounts } from './host.ts';
import { trustedPath } from './trusted-path.ts';

/**
 * Opens a mount namespace held by a `cat` on a pipe of ours: when labnet ends, in whatever way, the pipe closes, cat
 * ends, and the kernel drops the namespace with every mount in it. So nothing has to be unmounted after a kill -9.
 */
export async function openPrivateMounts(): Promise<PrivateMounts> {
  const holder = execa('unshare', ['--mount', '--propagation', 'private', 'cat'], {
    detached: true,
    reject: false,
    env: { PATH: trustedPath() },
    extendEnv: false,
    stdin: 'pipe',
    stdout: 'pipe',
  });
  // The echo proves that unshare has done its part and cat runs.
  holder.stdin.write('\n');
  const failed = holder.then((result) => {
    throw new Error(`cannot make a private mount namespace: ${result.shortMessage ?? result.stderr}`);
  });
  await Promise.race([once(holder.stdout, 'data'), failed]);
  failed.catch(() => {});
  const pid = holder.pid;
  if (pid === undefined) throw new Error('a running process without a pid');
  return {
    pid,
    async close() {
      holder.stdin.end();
      await holder;
    },
  };
}
