/** Runs in which nothing goes wrong: a process that has labnet loaded does one after another. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { Ended } from './runs.ts';
import type { World } from './world.ts';

export interface Resident {
  /** @throws Error when it has not ended within the limit, or the process has */
  run(args: readonly string[]): Promise<Ended>;
  close(): Promise<void>;
}

const script = 'resident.cjs';

/**
 * For each run of labnet, the same: bytecode that was kept under other flags is left aside. No threads of V8's own, since
 * eight workers share two cores; nothing here runs often enough for its optimising compiler to pay; and a small heap is
 * quick to fork.
 */
export const nodeFlags = [
  '--v8-pool-size=0',
  '--no-opt',
  '--min-semi-space-size=8',
  '--max-semi-space-size=8',
];

/** Whether a line of the host's processes is one of these. */
export function isResident(process: string): boolean {
  return process.startsWith('node ') && process.includes(`/${script} `);
}

/**
 * Starting Node and labnet and compiling it is most of a short run's work. Runs in which something is to go wrong, and
 * those that are recorded, are processes of their own.
 *
 * @param limit milliseconds a run may take
 */
export function resident(world: World, cli: string, limit: number): Resident {
  let child: ChildProcess | undefined;

  /** A reboot has ended the one before. */
  function up(): ChildProcess {
    if (child?.connected) return child;
    const node = ['node', ...nodeFlags, join(dirname(cli), script), cli];
    child = spawn('nsenter', [`--net=${world.host}`, '--', ...node], {
      cwd: world.directory,
      env: world.env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return child;
  }

  return {
    async run(args) {
      const labnet = up();
      const over = new AbortController();
      const timer = setTimeout(() => over.abort(), limit);
      const { signal } = over;
      const answer = once(labnet, 'message', { signal }).then(([ended]) => ended as Ended);
      const gone = once(labnet, 'exit', { signal }).then(([status]) => {
        throw new Error(`labnet ${args[0]} has ended with ${status} and said nothing`);
      });
      labnet.send([...args]);
      try {
        return await Promise.race([answer, gone]);
      } catch (error) {
        if (!signal.aborted) throw error;
        labnet.kill('SIGKILL');
        throw new Error(`labnet ${args[0]} did not end within ${limit / 1000} s`);
      } finally {
        clearTimeout(timer);
        over.abort();
        await Promise.allSettled([answer, gone]);
      }
    },
    /** Waits for its end, so that what it has used is counted. */
    async close() {
      if (!child?.connected) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
