/** The processes that try cases, each in namespaces of its own; one that has met a failure is replaced. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Lab, Recorded } from './cases.ts';
import type { Links } from './trial.ts';

export interface Answer {
  readonly failure?: string;
  readonly askedForDestroy?: boolean;
  /** Of the two faults of a long trial. */
  readonly struck?: number;
  readonly recorded?: Recorded;
}

export type Order = ({ readonly key: string } & Links) | { readonly record: Lab };

export interface Worker {
  /** One at a time. */
  ask(order: Order): Promise<Answer>;
  close(): Promise<void>;
}

export interface Parts {
  /** The bundled worker. */
  readonly script: string;
  readonly cli: string;
  readonly tests: string;
}

/** Milliseconds for a case; each run of labnet in it has a limit of its own. */
const limit = 300_000;

/** Bash takes leave of orphans, as an init does. */
const init = '"$@"; exit $?';

export async function startWorker({ script, cli, tests }: Parts): Promise<Worker> {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-faults-'));
  const namespaces = [
    '--mount',
    '--propagation',
    'private',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const worker = ['node', script, JSON.stringify({ directory, cli, tests })];
  const child = spawn('unshare', [...namespaces, 'bash', '-c', init, 'init', ...worker], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let settle: ((answer: Answer) => void) | undefined;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  createInterface({ input: child.stdout }).on('line', (line) => settle?.(JSON.parse(line) as Answer));
  void ended.then(() => settle?.({ failure: 'the worker ended' }));
  const next = () =>
    new Promise<Answer>((resolve) => {
      const timer = setTimeout(() => resolve({ failure: `no answer within ${limit / 1000} s` }), limit);
      settle = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
    });
  const up = await next();
  if (up.failure !== undefined) throw new Error(up.failure);
  return {
    ask(order) {
      const answer = next();
      child.stdin.write(`${JSON.stringify(order)}\n`);
      return answer;
    },
    async close() {
      // A worker that is asked ends by itself, so that what its processes have used is counted.
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export async function closeAll(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.close()));
}

export interface Force {
  readonly parts: Parts;
  /** Workers at a time. */
  readonly count: number;
  /** Those that are up already. */
  readonly idle: readonly Worker[];
}

/** Gives every chain of cases to the next free worker; after a failure the rest of its chain is tried alone. */
export async function workThrough(
  chains: readonly (readonly string[])[],
  { parts, count, idle }: Force,
  onAnswer: (chain: readonly string[], answer: Answer) => void,
): Promise<void> {
  const waiting = [...chains];
  const work = async (ready: Worker | undefined) => {
    let worker = ready;
    for (let chain = waiting.shift(); chain !== undefined; chain = waiting.shift()) {
      for (const [index, key] of chain.entries()) {
        worker ??= await startWorker(parts);
        const answer = await worker.ask({ key, standing: index > 0, keep: index < chain.length - 1 });
        onAnswer(chain.slice(0, index + 1), answer);
        if (answer.failure === undefined) continue;
        // What a failure has left behind must not spoil the next case.
        await worker.close();
        worker = undefined;
        if (index < chain.length - 1) waiting.unshift(chain.slice(index + 1));
        break;
      }
    }
    await worker?.close();
  };
  await closeAll(idle.slice(count));
  await Promise.all(Array.from({ length: count }, (_, index) => work(idle[index])));
}
