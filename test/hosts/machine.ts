/** The PC itself: QEMU without KVM, whose CPU has AMD's SVM, so that KVM works inside. It has no network card at all. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulator } from './emulator.ts';
import type { HostImage } from './image.ts';

export interface MachineOptions {
  readonly emulator: Emulator;
  readonly image: HostImage;
  /** Directory for what it leaves: console.log, job.log, qemu.log. */
  readonly directory: string;
  /** The overlay, then further disks, read-only: /dev/vda, /dev/vdb, … */
  readonly overlay: string;
  readonly readOnly: readonly string[];
  /** The disk outlives a QEMU that is killed: each flush of the guest reaches the overlay. */
  readonly durable: boolean;
}

/**
 * No xsave: with it, an inner guest's init crashes under this emulation. Two CPUs, each a thread: with one, what labnet waits
 * for is late.
 */
const cpu = 'qemu64,+svm,+npt,+ssse3,+sse4.1,+sse4.2,+popcnt,+cx16';

const kernelWords = [
  'root=/dev/vda rw console=ttyS0,115200 net.ifnames=0',
  // Emulated, a CPU has no leaks to guard against, and its clock is the machine's.
  'mitigations=off tsc=reliable no_timer_check nokaslr nowatchdog',
  // Each way out of an inner guest empties what the emulation keeps of page tables: timers go together, and nobody spins for one.
  'highres=off kvm.halt_poll_ns=0 kvm.lapic_timer_advance=0',
].join(' ');

/** Where it can be asked while it runs. */
export const monitorOf = (directory: string) => join(directory, 'monitor');

/** Starts it; what it says is appended, so that a second boot's comes after the first's. */
export function startMachine(options: MachineOptions): ChildProcess {
  const { directory, emulator } = options;
  const [program, ...before] = emulator;
  const log = openSync(join(directory, 'qemu.log'), 'a');
  return spawn(program, [...before, ...commandLine(options)], {
    stdio: ['ignore', log, log],
    detached: true,
  });
}

function commandLine({ image, directory, overlay, readOnly, durable }: MachineOptions): readonly string[] {
  const chardev = (id: string) => `file,id=${id},path=${join(directory, `${id}.log`)},append=on`;
  return [
    ...['-nodefaults', '-no-user-config', '-machine', 'q35', '-display', 'none'],
    ...['-accel', 'tcg,thread=multi,tb-size=1024', '-cpu', cpu, '-smp', '2', '-m', '6144'],
    ...['-kernel', image.kernel, '-initrd', image.initrd, '-append', kernelWords],
    ...[
      '-drive',
      `if=virtio,format=qcow2,file=${overlay},cache=${durable ? 'writeback' : 'unsafe'},discard=unmap`,
    ],
    ...readOnly.flatMap((disk) => ['-drive', `if=virtio,format=raw,file=${disk},readonly=on`]),
    ...['-monitor', `unix:${monitorOf(directory)},server=on,wait=off`],
    ...['-chardev', chardev('console'), '-serial', 'chardev:console'],
    ...['-device', 'virtio-serial-pci', '-chardev', chardev('job')],
    ...['-device', 'virtserialport,chardev=job,name=labnet.job'],
    ...['-object', 'rng-random,id=rng,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng'],
  ];
}
