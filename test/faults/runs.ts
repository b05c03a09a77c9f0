/** labnet in a worker's world: run, and looked after. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import type { Snapshot } from '../setup/host-snapshot.ts';
import type { Lab, Phase } from './cases.ts';
import { isResident, nodeFlags, resident } from './resident.ts';
import type { World } from './world.ts';

export interface Programs {
  readonly cli: string;
  readonly preload: string;
  readonly pty: string;
}

export interface Ended {
  readonly status: number | string;
  readonly said: string;
  /** It had not ended by the time it was to be killed. */
  readonly killed?: boolean;
}

export interface Options {
  /** For the preload: which operation, and what happens there. */
  readonly faults?: object;
  /** On a terminal of its own. */
  readonly terminal?: boolean;
  /** Milliseconds until it is killed. */
  readonly killAfter?: number | undefined;
}

export interface Runs {
  labnet(lab: Lab, phase: Phase, options?: Options): Promise<Ended>;
  /** @throws Error when it does not end with 0 */
  succeed(lab: Lab, phase: Phase, when: string): Promise<void>;
  /** @throws Error when the host is not as it was at the beginning */
  identical(when: string): Promise<void>;
  close(): Promise<void>;
}

const making: Readonly<Record<Lab, readonly string[]>> = {
  own: ['lab.yaml'],
  sandbox: ['twin.yaml', '--sandbox', '--cold'],
  clone: ['twin.yaml', '--sandbox'],
  again: ['twin.yaml', '--sandbox'],
};

/** Milliseconds any run of labnet may take. */
const limit = 60_000;

export async function runsIn(world: World, programs: Programs): Promise<Runs> {
  const { directory } = world;
  const baseline = await look();
  const clean = resident(world, programs.cli, limit);

  /** All but the tool that makes the clean runs. */
  async function look(): Promise<Snapshot> {
    const { processes, ...rest } = await world.snapshot();
    return { ...rest, processes: (processes as readonly string[]).filter((line) => !isResident(line)) };
  }

  async function labnet(lab: Lab, phase: Phase, options: Options = {}): Promise<Ended> {
    const { faults, terminal = false, killAfter } = options;
    const what = phase === 'provision' ? ['provision', ...making[lab]] : ['destroy', '--all'];
    // A killed labnet's lock goes with its holder, a moment later.
    const args = [...what, '--yes', '--wait', '20'];
    if (faults === undefined && !terminal && killAfter === undefined) return clean.run(args);
    const command = [
      ...['nsenter', `--net=${world.host}`, '--'],
      ...(terminal ? ['/usr/bin/python3', '-SEB', programs.pty] : []),
      ...['node', ...nodeFlags, ...(faults === undefined ? [] : ['--require', programs.preload])],
      ...[programs.cli, ...args],
    ];
    const [program = '', ...rest] = command;
    const result = await execa(program, rest, {
      cwd: directory,
      env: { ...world.env, LABNET_FAULTS: JSON.stringify({ place: directory, ...faults }) },
      extendEnv: false,
      reject: false,
      all: true,
      stdin: 'ignore',
      timeout: killAfter ?? limit,
      killSignal: 'SIGKILL',
    });
    if (result.timedOut && killAfter === undefined)
      throw new Error(`labnet ${phase} did not end within ${limit / 1000} s:\n${result.all}`);
    return { status: result.exitCode ?? result.signal ?? '?', said: result.all, killed: result.timedOut };
  }

  return {
    labnet,
    close: () => clean.close(),
    async succeed(lab, phase, when) {
      const { status, said } = await labnet(lab, phase);
      if (status !== 0) throw new Error(`${when}, ${phase} ends with ${status}:\n${said}`);
    },
    /** What ends with labnet may take a moment to end. */
    async identical(when) {
      let seen = await look();
      for (let tries = 0; tries < 20 && !isDeepStrictEqual(seen, baseline); tries += 1) {
        await sleep(100);
        seen = await look();
      }
      const changed = differences(baseline, seen);
      if (changed.length > 0) throw new Error(`${when}, the host is not as before:\n${changed.join('\n')}`);
    },
  };
}

function differences(before: Snapshot, after: Snapshot): readonly string[] {
  return Object.keys(before)
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => {
      const lines = (value: unknown) =>
        (Array.isArray(value) ? value : [value]).map((item) =>
          typeof item === 'string' ? item : JSON.stringify(item),
        );
      const [old, now] = [lines(before[key]), lines(after[key])];
      const gone = old.filter((line) => !now.includes(line)).map((line) => `  - ${line}`);
      const come = now.filter((line) => !old.includes(line)).map((line) => `  + ${line}`);
      return [`${key}:`, ...gone, ...come].join('\n');
    });
}
