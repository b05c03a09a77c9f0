/** One case of the matrix: a run in which something goes wrong, and then the way back. */

import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { type Case, type Lab, type Phase, type Recorded, wayBack } from './cases.ts';
import type { World } from './world.ts';

export interface Trials {
  /** What a clean provision and a clean destroy do. */
  record(lab: Lab): Promise<Recorded>;
  /** @throws Error that tells what was wrong */
  run(one: Case): Promise<Outcome>;
}

export interface Outcome {
  /** The next provision asked for a destroy first. */
  readonly askedForDestroy: boolean;
}

export interface Programs {
  readonly cli: string;
  readonly preload: string;
  readonly pty: string;
}

interface Ended {
  readonly status: number | string;
  readonly said: string;
}

/** Milliseconds any run of labnet may take. */
const limit = 60_000;

export async function trials(world: World, programs: Programs): Promise<Trials> {
  const { directory } = world;
  const baseline = await world.snapshot();

  async function labnet(lab: Lab, phase: Phase, faults: object = {}, terminal = false): Promise<Ended> {
    const making = lab === 'own' ? ['lab.yaml'] : ['--vms', '1', '--sandbox'];
    // A killed labnet's lock goes with its holder, a moment later.
    const args = phase === 'provision' ? ['provision', ...making] : ['destroy', '--all'];
    const command = [
      ...['nsenter', `--net=${world.network.host}`, '--'],
      ...(terminal ? ['/usr/bin/python3', '-SEB', programs.pty] : []),
      ...['node', '--import', programs.preload, programs.cli, ...args, '--yes', '--wait', '20'],
    ];
    const [program = '', ...rest] = command;
    const result = await execa(program, rest, {
      cwd: directory,
      env: { ...world.env, LABNET_FAULTS: JSON.stringify({ place: directory, ...faults }) },
      extendEnv: false,
      reject: false,
      all: true,
      stdin: 'ignore',
      timeout: limit,
      killSignal: 'SIGKILL',
    });
    if (result.timedOut)
      throw new Error(`labnet ${phase} did not end within ${limit / 1000} s:\n${result.all}`);
    return { status: result.exitCode ?? result.signal ?? '?', said: result.all };
  }

  async function succeed(lab: Lab, phase: Phase, when: string): Promise<void> {
    const { status, said } = await labnet(lab, phase);
    if (status !== 0) throw new Error(`${when}, ${phase} ends with ${status}:\n${said}`);
  }

  /** What ends with labnet may take a moment to end. */
  async function identical(when: string): Promise<void> {
    let seen = await world.snapshot();
    for (let tries = 0; tries < 20 && !isDeepStrictEqual(seen, baseline); tries += 1) {
      await sleep(100);
      seen = await world.snapshot();
    }
    const changed = differences(baseline, seen);
    if (changed.length > 0) throw new Error(`${when}, the host is not as before:\n${changed.join('\n')}`);
  }

  /** Provisions again; a lab that has drifted may ask to be destroyed first. */
  async function provisionAgain(lab: Lab): Promise<boolean> {
    const { status, said } = await labnet(lab, 'provision');
    if (status === 0) return false;
    if (!said.includes('labnet destroy, then provision again'))
      throw new Error(`after the fault, provision ends with ${status}:\n${said}`);
    await succeed(lab, 'destroy', 'asked for by provision');
    await identical('after the destroy that provision asked for');
    await succeed(lab, 'provision', 'after the destroy that it asked for');
    return true;
  }

  return {
    async record(lab) {
      const of = async (phase: Phase) => {
        const file = `${directory}/record`;
        const { status, said } = await labnet(lab, phase, { record: file });
        if (status !== 0) throw new Error(`a clean ${phase} ends with ${status}:\n${said}`);
        const ops = readFileSync(file, 'utf8').trimEnd().split('\n');
        rmSync(file);
        return ops;
      };
      const recorded = { provision: await of('provision'), destroy: await of('destroy') };
      await identical('after a clean run');
      return recorded;
    },

    async run(one) {
      const { lab, phase, op, mode } = one;
      if (phase === 'destroy') await succeed(lab, 'provision', 'before the fault');
      const met = `${directory}/met`;
      const at = { op, mode: inPreload[mode] ?? mode, world: meddler(one, world) };
      const { status, said } = await labnet(lab, phase, { at, met }, mode.startsWith('ctrl-c'));
      if (!takeAway(met))
        throw new Error(`the run never came to this operation; it ended with ${status}:\n${said}`);
      if (mode.startsWith('reboot')) await world.reboot();
      if (mode === 'flush' && lab === 'own') await world.reloadRules();
      if (
        phase === 'provision' &&
        undoesItself.has(mode) &&
        status !== 0 &&
        status !== 3 &&
        !said.includes('left:')
      )
        await identical(`after provision has ended with ${status} and said of nothing that it is left`);
      const askedForDestroy = wayBack(one) === 'provision' && (await provisionAgain(lab));
      await succeed(lab, 'destroy', 'at the end');
      await identical('at the end');
      return { askedForDestroy };
    },
  };
}

/** What the preload does for modes that are more than that. */
const inPreload: Readonly<Record<string, string>> = {
  reboot: 'kill-before',
  'reboot-after': 'kill-after',
  flush: 'meddle',
  detach: 'meddle',
  'delete-bridge': 'meddle',
};

/** After these a run that fails has undone all it did, or says what is left. */
const undoesItself = new Set<string>([
  ...['sigint', 'sigterm', 'sighup', 'twice', 'ctrl-c', 'ctrl-c-twice'],
  ...['fail', 'fail-after', 'missing', 'enospc', 'eio', 'torn-enospc'],
]);

function meddler({ lab, mode }: Case, world: World): readonly string[] {
  const enter = lab === 'own' ? [] : ['nsenter', `--net=${world.env.LABNET_RUN}/lab/host.ns`, '--'];
  if (mode === 'flush') return [...enter, 'nft', 'flush', 'ruleset'];
  if (mode === 'detach') return [...enter, 'ip', 'link', 'set', 'dev', 'tap0', 'nomaster'];
  return [...enter, 'ip', 'link', 'delete', 'dev', 'br0'];
}

function takeAway(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch {
    return false;
  }
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
