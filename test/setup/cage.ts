import { randomBytes } from 'node:crypto';
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

/**
 * @param outside the words that enter the cage that this one is to be in; none where it is in the caller's own place
 * @param machineId 32 digits (machine-id(5)), from which labnet derives what it calls and numbers things by
 */
export async function openCage(
  outside: readonly string[] = [],
  machineId = randomBytes(16).toString('hex'),
): Promise<Cage> {
  const [maker = '', ...argv] = [
    ...outside,
    'unshare',
    '--mount',
    '--propagation',
    'private',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const subprocess = execa(maker, [...argv, 'bash', '-c', init], {
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  await new Promise((resolve) => subprocess.stdout.once('data', resolve));
  const first = youngest(subprocess.pid);
  const enter = ['nsenter', `--target=${first}`, '--mount', '--net', '--pid', '--'];
  const close = async () => {
    subprocess.stdin.end();
    await subprocess;
  };
  const command = standApart({
    mountinfo: readFileSync(`/proc/${first}/mountinfo`, 'utf8'),
    needed: {
      paths: [tmpdir(), testCache],
      tree: fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, ''),
    },
    machineId,
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

/** The last of the processes of which each has started the next. */
function youngest(pid: number | undefined): string {
  const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return child === '' ? String(pid) : youngest(Number(child));
}
