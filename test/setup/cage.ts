import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { testCache } from './base-image.ts';
import { standApart } from './stand-apart.ts';

/**
 * A host within the host: processes, mounts, network and control groups of its own, so that neither runs side by side nor what
 * else the machine does is seen in it, and nothing in it is seen by them.
 */
export interface Cage {
  /** The words before a command that is to run in it. */
  readonly enter: readonly string[];
  /** Where its file system is seen from outside. */
  readonly root: string;
  /** Ends every process in it, and every mount with them. */
  close(): Promise<void>;
}

/** The first process waits for its input to end; as bash it also takes leave of orphans, as an init does. */
const init = 'echo up; while read -r _; do :; done; exit 0';

export async function openCage(): Promise<Cage> {
  const argv = [
    '--mount',
    '--propagation',
    'private',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const subprocess = execa('unshare', [...argv, 'bash', '-c', init], {
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  await new Promise((resolve) => subprocess.stdout.once('data', resolve));
  const first = readFileSync(`/proc/${subprocess.pid}/task/${subprocess.pid}/children`, 'utf8').trim();
  const enter = ['nsenter', `--target=${first}`, '--mount', '--net', '--pid', '--'];
  const close = async () => {
    subprocess.stdin.end();
    await subprocess;
  };
  const command = standApart(readFileSync(`/proc/${first}/mountinfo`, 'utf8'), {
    paths: [tmpdir(), testCache],
    tree: fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, ''),
  });
  const [program = '', ...args] = [...enter, ...command];
  try {
    await execa(program, args);
  } catch (error) {
    await close();
    throw error;
  }
  return { enter, root: `/proc/${first}/root`, close };
}
