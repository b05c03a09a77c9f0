/**
 * KVM or TCG. Believed is only what a guest shows: /dev/kvm can open, and QEMU can say that KVM is enabled, on hosts
 * where no guest runs. So a boot sector is run with the machine, CPU model and sandbox that the VMs get.
 */
import { messageOf } from '../errors.ts';
import { CommandFailed } from '../host/command-failed.ts';
import type { Host } from '../host/host.ts';
import { unprivileged } from '../host/unprivileged.ts';
import { bootSector, bootSectorStatus, debugExit } from './boot-sector.ts';
import { machineOptions, sandboxed } from './command-line.ts';

export interface Accelerator {
  readonly accelerator: 'kvm' | 'tcg';
  /** For people: why this one. */
  readonly reason: string;
}

/** A uid of labnet's range that no VM gets: just below the first lab's. */
const probeUid = 1_899_999_999;

/** Milliseconds in which KVM runs the boot sector, firmware included; TCG takes 200 on a slow machine. */
const soon = 1_000;

/** A KVM that needs longer is asked again: one that then needs more than this many times TCG's own time is none. */
const slowest = 5;

/** Milliseconds that TCG may take for it. */
const patience = 20_000;

export interface ProbeOptions {
  /** Directory for the boot sector while the probe runs. */
  readonly scratch: string;
  readonly signal?: AbortSignal | undefined;
}

/** Finds out what VMs can run with on this host. Never throws for a host without KVM: that is an answer. */
export async function probeAccelerator(host: Host, { scratch, signal }: ProbeOptions): Promise<Accelerator> {
  const node = await host.stat('/dev/kvm');
  if (node === undefined)
    return {
      accelerator: 'tcg',
      reason: 'there is no /dev/kvm: no virtualisation in this CPU, its firmware setting, or this VM',
    };
  if (node.kind !== 'other') return { accelerator: 'tcg', reason: '/dev/kvm is not a device' };
  const forGroup = (node.mode & 0o006) !== 0o006 && (node.mode & 0o060) === 0o060;
  const groups = forGroup ? [node.gid] : [];
  const directory = await host.temporaryDirectory(scratch);
  try {
    const disk = `${directory.path}/boot-sector`;
    await host.write(disk, bootSector(), { mode: 0o600, uid: probeUid });
    const kvm = (timeout: number) => runBootSector('kvm', { disk, groups, timeout, signal }, host);
    const time = await kvm(soon).catch(async (error) => {
      if (!(error instanceof CommandFailed) || isKvmAlone(error)) throw error;
      const tcg = await runBootSector('tcg', { disk, groups: [], timeout: patience, signal }, host);
      if (error.end.how !== 'timeout') throw error;
      // Perhaps QEMU had to be read from a slow disk first.
      return kvm(Math.max(tcg * slowest, soon));
    });
    return { accelerator: 'kvm', reason: `a guest ran in ${time} ms` };
  } catch (error) {
    if (!(error instanceof CommandFailed) || !error.argv.some((word) => word.startsWith('kvm'))) throw error;
    return { accelerator: 'tcg', reason: `KVM is there but runs no guest: ${whyNot(error)}` };
  } finally {
    directory.remove();
  }
}

/** QEMU says itself that KVM is at fault; otherwise it may run no guest at all, which TCG shows. */
function isKvmAlone({ end, stderr }: CommandFailed): boolean {
  return end.how === 'exit' && /\bkvm\b/i.test(stderr);
}

interface Trial {
  readonly disk: string;
  readonly groups: readonly number[];
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** @returns the milliseconds it took. @throws CommandFailed when the guest did not run to its end. */
async function runBootSector(accelerator: 'kvm' | 'tcg', trial: Trial, host: Host): Promise<number> {
  const started = performance.now();
  const command = [
    'qemu-system-x86_64',
    '-nodefaults',
    '-no-user-config',
    ...sandboxed,
    ...machineOptions({ accelerator, cpus: 2, hostCpus: 2, totalGuestCpus: 2 }),
    ...['-m', '16', '-display', 'none'],
    ...debugExit,
    ...['-drive', `if=none,id=disk,format=raw,file=${trial.disk}`, '-device', 'ide-hd,drive=disk'],
  ];
  await host.run(unprivileged(probeUid, command, trial.groups), {
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
