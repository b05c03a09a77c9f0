import { readFileSync } from 'node:fs';
import { execa } from 'execa';

/** A host within the host: processes, mounts and boot id of its own, so that runs side by side do not see each other. */
export interface Cage {
  /** The words before a command that is to run in it. */
  readonly enter: readonly string[];
  /** Where its file system is seen from outside. */
  readonly root: string;
  /** Ends every process in it, and every mount with them. */
  close(): Promise<void>;
}

/**
 * The first process waits for its input to end; as bash it also takes leave of orphans, as an init does. The network
 * namespaces of other tests, which would vanish in the middle of this one, are not mounted here.
 */
const init = 'umount --all --types nsfs; echo up; while read -r _; do :; done; exit 0';

export async function openCage(): Promise<Cage> {
  const argv = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const subprocess = execa('unshare', [...argv, 'bash', '-c', init], {
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  await new Promise((resolve) => subprocess.stdout.once('data', resolve));
  const first = readFileSync(`/proc/${subprocess.pid}/task/${subprocess.pid}/children`, 'utf8').trim();
  return {
    enter: ['nsenter', `--target=${first}`, '--mount', '--pid', '--'],
    root: `/proc/${first}/root`,
    async close() {
      subprocess.stdin.end();
      await subprocess;
    },
  };
}
