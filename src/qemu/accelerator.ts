/**
 * Chooses KVM or TCG. Only what a guest shows is believed: /dev/kvm can open, and QEMU can say that KVM is enabled, on
 * hosts where no guest runs. So a boot sector is run with the machine, CPU model and sandbox that the VMs get.
 */

import { messageOf } from '../errors.ts';
import { uidOn } from '../ground-kind.ts';
import { CommandFailed } from '../host/command-failed.ts';
import type { Host } from '../host/host.ts';
import { type RunInView, withView } from '../host/in-view.ts';
import { bootSector, bootSectorStatus, debugExit } from './boot-sector.ts';
import { machineOptions, sandboxed } from './command-line.ts';

/** What VMs can run with on a host, and how slow the host is. */
export interface Accelerator {
  readonly accelerator: 'kvm' | 'tcg';
  /** Why it is this accelerator, for people. */
  readonly reason: string;
  /** How many times longer than on a usual PC a small guest ran: from 1 to 20. */
  readonly slowness: number;
}

/** A uid of labnet's range that no VM gets: just below the first lab's. */
const probeUid = 1_899_999_999;

/** Milliseconds in which a PC that has nothing else to do runs the boot sector, firmware included, be it with TCG. */
const usualMs = 300;

/**
 * The largest slowness: a PC that is slower still is waited for as long as one of this slowness, so that each wait has
 * an end.
 */
const slowestPc = 20;

/** Milliseconds in which KVM runs the boot sector. */
const soonMs = 1_000;

/**
 * How many times TCG's own time a KVM may take when it is asked again, since it needed longer than `soonMs`: one that
 * needs more is none.
 */
const slowest = 5;

/** Milliseconds that TCG may take for the boot sector: on some hosts it emulates within an emulation. */
const timeoutMs = 60_000;

const noDevice = 'there is no /dev/kvm: no virtualisation in this CPU, its firmware setting, or this VM';
const notADevice = '/dev/kvm is not a device';

/** What the probe of the accelerator needs besides the host. */
export interface ProbeOptions {
  /** The directory for the boot sector while the probe runs. */
  readonly scratch: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out what VMs can run with on this host, and how slow it is. Never throws for a host without KVM: that is an
 * answer.
 *
 * @throws CommandFailed when QEMU runs no guest at all
 */
export async function probeAccelerator(host: Host, { scratch, signal }: ProbeOptions): Promise<Accelerator> {
  const node = await host.stat('/dev/kvm');
  const directory = await host.temporaryDirectory(scratch);
  try {
    const disk = `${directory.path}/boot-sector`;
    const uid = uidOn(host.ground, probeUid);
    await host.write(disk, bootSector(), { mode: 0o600, uid });
    const devices = node?.kind === 'character device' ? (['kvm'] as const) : [];
    return await withView({ own: directory.path, devices }, host, async (run) => {
      const trial = { disk, uid, groups: [], run, signal };
      if (node?.kind === 'character device') {
        const forGroup = (node.mode & 0o006) !== 0o006 && (node.mode & 0o060) === 0o060;
        return tryKvm({ ...trial, groups: forGroup ? [node.gid] : [] });
      }
      const time = await runBootSector('tcg', { ...trial, timeout: timeoutMs });
      return {
        accelerator: 'tcg',
        reason: node === undefined ? noDevice : notADevice,
        slowness: slownessOf(time),
      };
    });
  } finally {
    directory.remove();
  }
}

/**
 * Tries a guest under KVM. Where KVM runs none, or none soon, TCG runs one too: to tell a slow host from a KVM that is
 * none.
 */
async function tryKvm(trial: Omit<Trial, 'timeout'>): Promise<Accelerator> {
  const kvm = (timeout: number) => runBootSector('kvm', { ...trial, timeout });
  const ran = (time: number) =>
    ({ accelerator: 'kvm', reason: `a guest ran in ${time} ms`, slowness: slownessOf(time) }) as const;
  try {
    return ran(await kvm(soonMs));
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const tcg = await runBootSector('tcg', { ...trial, groups: [], timeout: timeoutMs });
    // Perhaps QEMU had to be read from a slow disk first.
    const again = error.end.how === 'timeout' ? kvm(Math.max(tcg * slowest, soonMs)) : Promise.reject(error);
    return again.then(ran, (last: unknown) => {
      if (!(last instanceof CommandFailed)) throw last;
      const reason = `KVM is there but runs no guest: ${whyNot(last)}`;
      return { accelerator: 'tcg', reason, slowness: slownessOf(tcg) } as const;
    });
  }
}

/**
 * How many times slower than a usual PC the host is, as a whole number, since limits should not differ from run to run.
 */
function slownessOf(time: number): number {
  return Math.min(Math.max(Math.ceil(time / usualMs), 1), slowestPc);
}

interface Trial {
  readonly disk: string;
  readonly uid: number;
  readonly run: RunInView;
  readonly groups: readonly number[];
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs the boot sector.
 *
 * @returns the milliseconds it took.
 * @throws CommandFailed when the guest did not run to its end.
 */
async function runBootSector(accelerator: 'kvm' | 'tcg', trial: Trial): Promise<number> {
  const started = performance.now();
  const command = [
    'qemu-system-x86_64',
    '-nodefaults',
    '-no-user-config',
    ...sandboxed,
    ...machineOptions({ accelerator, cpus: 2 }),
    ...['-m', '16', '-display', 'none'],
    ...debugExit,
    ...['-drive', `if=none,id=disk,format=raw,file=${trial.disk}`, '-device', 'ide-hd,drive=disk'],
  ];
  await trial.run(trial.uid, command, {
    groups: trial.groups,
    accept: [bootSectorStatus],
    timeout: trial.timeout,
    signal: trial.signal,
  });
  return Math.round(performance.now() - started);
}

function whyNot(error: CommandFailed): string {
  if (error.end.how === 'timeout') return `no answer within ${error.end.ms} ms`;
  const said = error.stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line = said.find((one) => /error|fail|denied|cannot/i.test(one)) ?? said[0];
  return line ?? messageOf(error).split('\n').at(-1) ?? 'it ended without a word';
}
