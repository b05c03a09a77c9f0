/** One job in one host: booted, followed line by line, and booted again where the job says so. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { Emulator } from './emulator.ts';
import type { HostImage } from './image.ts';
import { type JobFiles, makeJobDisk } from './job-disk.ts';
import { JobLog } from './job-log.ts';
import type { Job } from './jobs.ts';
import { monitorOf, startMachine } from './machine.ts';
import { panicIn, standstillIn } from './panic.ts';
import { processorSeconds } from './processor-time.ts';
import { whereCpusAre } from './where-cpus-are.ts';

/** What the host's own disk starts from. */
export interface StartDisk {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
}

export interface JobRun {
  readonly job: Job;
  readonly emulator: Emulator;
  readonly image: HostImage;
  readonly disk: StartDisk;
  readonly files: JobFiles;
  /** The disk with the base image that labs are made of, then others: /dev/vdc, /dev/vdd. */
  readonly disks: readonly string[];
  /** Where the disks, logs and evidence of this run go. */
  readonly directory: string;
  /** Told each step, as it ends. */
  readonly onStep: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Verdict {
  readonly passed: boolean;
  /** The PC's own kernel has come to its end: this says nothing of labnet. */
  readonly broken?: boolean | undefined;
  /** Why not. */
  readonly reason?: string | undefined;
  readonly seconds: number;
  /** What of a run that passed somebody will want to look at. */
  readonly keep?: string | undefined;
}

/** Milliseconds between two looks at what the host has written. */
const lookMs = 200;

/** Looks at what the jobs say between two at the console, which is long. */
const looksPerConsole = 50;

/** Milliseconds that a host may take to switch itself off, once its job is done. */
const powerOffMs = 120_000;

export async function runJob(run: JobRun): Promise<Verdict> {
  const { job, emulator, image, disk: start, directory } = run;
  const started = performance.now();
  mkdirSync(directory, { recursive: true });
  const [overlay, disk] = [join(directory, 'overlay.qcow2'), join(directory, 'job.img')];
  await makeJobDisk(disk, run.files);
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', start.path, '-F', start.format, overlay]);
  const boot = () =>
    startMachine({
      emulator,
      image,
      directory,
      overlay,
      readOnly: [disk, ...run.disks],
      durable: job.durable === true,
    });
  const followed = await follow(run, boot, started + job.deadlineMin * 60_000);
  const still = followed.reason === undefined ? undefined : standstillIn(join(directory, 'console.log'));
  const end =
    still === undefined || followed.broken === true
      ? followed
      : { reason: `a CPU of the PC itself stood still: ${still}; then: ${followed.reason}`, broken: true };
  const seconds = Math.round((performance.now() - started) / 1000);
  return { passed: end.reason === undefined, ...end, seconds };
}

/** @returns why it failed; no reason when it passed */
async function follow(
  { job, directory, onStep, signal }: JobRun,
  boot: () => ChildProcess,
  deadline: number,
): Promise<Pick<Verdict, 'reason' | 'keep' | 'broken'>> {
  const log = new JobLog(join(directory, 'job.log'));
  let machine = boot();
  let step = 'the boot';
  let begun = 0;
  let keep: string | undefined;
  try {
    for (let look = 1; ; look += 1) {
      await sleep(lookMs);
      const panic = look % looksPerConsole === 0 ? panicIn(join(directory, 'console.log')) : undefined;
      if (panic !== undefined) return { reason: `the PC's own kernel at ${step}: ${panic}`, broken: true };
      // Asked before the log is read: what it has said at its end is read then.
      const over = machine.exitCode !== null || machine.signalCode !== null;
      for (const line of log.lines()) {
        const [, word = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
        if (word === 'BEGIN') {
          step = rest;
          begun = processorSeconds(machine.pid);
        }
        if (word === 'SEEN') onStep(rest);
        // Beside the time by the clock: a PC that got little of the machine is slow for no fault of its own.
        if (word === 'STEP')
          onStep(`${rest}, ${Math.round(processorSeconds(machine.pid) - begun)} s of processor time`);
        if (word === 'KEEP') keep = rest;
        if (word === 'CUT') {
          await end(machine);
          machine = boot();
          begun = 0;
          step = 'the boot after the power cut';
        }
        if (line === 'JOB passed') {
          await gone(machine, powerOffMs);
          return { keep };
        }
        if (line.startsWith('JOB failed')) {
          await gone(machine, powerOffMs);
          return { reason: line.slice('JOB failed: '.length) };
        }
      }
      if (over) return { reason: `the PC went off at ${step}` };
      if (signal.aborted) return { reason: 'interrupted' };
      if (performance.now() > deadline) {
        writeFileSync(join(directory, 'cpus.log'), await whereCpusAre(monitorOf(directory)));
        return { reason: `not done after ${job.deadlineMin} minutes; it was at ${step}` };
      }
    }
  } finally {
    await end(machine);
    log.close();
  }
}

async function gone(machine: ChildProcess, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (machine.exitCode === null && machine.signalCode === null && performance.now() < deadline)
    await sleep(lookMs);
}

async function end(machine: ChildProcess): Promise<void> {
  machine.kill('SIGKILL');
  await gone(machine, powerOffMs);
}
