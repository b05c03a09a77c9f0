import { consoleInput } from '../host/console-log.ts';
import {
  channelOptions,
  diskOptions,
  networkOptions,
  optionValue,
  rngOptions,
  seedOptions,
} from './devices.ts';
import type { MachineCommand } from './machine-command.ts';

/**
 * What QEMU is started as: a `whole` VM, a `template` of VMs, or a `clone` of a template. A template and its clones
 * find their memory as descriptor 4: the template writes it there, a clone keeps what it changes to itself. A
 * template's NIC and seed are connected to nothing (see devices.ts).
 */
export type Form = 'whole' | 'template' | 'clone';

/**
 * The QEMU command of one VM, an option beside its value. No default devices, no user configuration, nothing drawn;
 * not `-daemonize`, which the seccomp sandbox kills (it would spawn).
 */
export function qemuCommand(machine: MachineCommand, form: Form = 'whole'): readonly string[] {
  const template = form === 'template';
  return [
    'qemu-system-x86_64',
    ...['-name', optionValue(machine.name)],
    ...['-uuid', machine.uuid],
    '-nodefaults',
    '-no-user-config',
    ...sandboxed,
    // Nobody else takes the host's CPUs while a template boots.
    ...machineOptions(template && machine.crowded === 'lab' ? { ...machine, crowded: undefined } : machine),
    ...['-smp', hasLatecomers(machine) ? `cpus=1,maxcpus=${machine.cpus}` : String(machine.cpus)],
    ...['-m', String(machine.memory)],
    ...(form === 'whole' ? [] : mappedMemory(machine.memory, template)),
    ...['-display', 'none'],
    ...firmwareOptions(machine),
    ...['-rtc', 'base=utc,clock=host,driftfix=slew'],
    ...['-msg', 'timestamp=on'],
    ...directOptions(machine),
    ...diskOptions(machine),
    ...seedOptions(machine, template),
    ...networkOptions(machine, template),
    ...rngOptions,
    ...[
      '-chardev',
      `socket,id=console,path=${optionValue(machine.console)},server=on,wait=off,logfile=${consoleInput},logappend=on`,
    ],
    ...['-serial', 'chardev:console'],
    ...channelOptions(machine, template),
    ...['-qmp', `unix:${optionValue(machine.qmp)},server=on,wait=off`],
    // A template does not run until it has been given its CPUs (see kept/template.ts).
    ...(template ? ['-S'] : []),
  ];
}

/**
 * The option with which firmware that has to find a boot loader says on the serial line what comes of it, and so does a
 * boot loader that writes to the screen: QEMU tells SeaBIOS so (etc/sercon-port) where there are no graphics, from 7.2
 * to 11 by this option alone.
 */
function firmwareOptions({ direct }: MachineCommand): readonly string[] {
  return direct === undefined ? ['-machine', 'graphics=off'] : [];
}

/**
 * The options for memory that lies in a file. It is named as the memory it stands for (hw/i386/pc.c): a saved state
 * finds its memory by that name.
 */
function mappedMemory(size: number, shared: boolean): readonly string[] {
  const share = shared ? 'on' : 'off';
  return [
    ...['-object', `memory-backend-file,id=pc.ram,size=${size}M,mem-path=/proc/self/fd/4,share=${share}`],
    ...['-machine', 'memory-backend=pc.ram'],
  ];
}

/** What no QEMU of labnet may do: start programs, change rights, or use old and resource-changing system calls. */
export const sandboxed = [
  '-sandbox',
  'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
] as const;

/**
 * The options for machine, CPU and accelerator, which the accelerator probe must try in exactly this form.
 *
 * Under TCG one thread runs all CPUs of a VM when there are more guest CPUs than host CPUs: threads that wait for each
 * other cost more than they bring (measured: two VMs of two CPUs on two, 43.6 s against 62.8 s). tb-size caps the
 * translated code, in MiB: without it a guest of 512 MiB takes 1.3 GiB of the host.
 */
export function machineOptions(machine: Load): readonly string[] {
  if (machine.accelerator === 'kvm') return ['-machine', 'pc', '-accel', 'kvm', '-cpu', 'host'];
  const thread = oneThread(machine) ? 'single' : 'multi';
  return ['-machine', 'pc', '-accel', `tcg,thread=${thread},tb-size=128`, '-cpu', 'max'];
}

type Load = Pick<MachineCommand, 'accelerator' | 'cpus' | 'crowded'>;

function oneThread({ cpus, crowded }: Load): boolean {
  return crowded !== undefined || cpus === 1;
}

/**
 * Whether QEMU starts with one CPU and is given the others later (see plug-cpus.ts): a VM that boots once it is
 * ready, a template and its clones before they run. Where one thread of the host runs them all, the others only cost
 * while a VM boots (measured: two VMs of two CPUs, 37.6 s against 43.6 s).
 */
export function hasLatecomers(machine: Load): boolean {
  return machine.accelerator === 'tcg' && machine.cpus > 1 && oneThread(machine);
}

/**
 * The kernel argument that tells a guest how fast its CPUs are (kernel-parameters, lpj; here ticks of the TSC, at
 * Debian's 250 Hz). Without it, a guest that gets CPUs while it runs would measure each, for one and a half seconds
 * under TCG. Where the host's TSC is slower than the 4 GHz that this says, the guest's delays are longer than asked
 * for, which hurts none.
 */
const delay = 'lpj=16000000';

/**
 * The options for a kernel that QEMU starts itself. The paths stand alone in their arguments, so a comma in them is a
 * comma.
 */
function directOptions(machine: MachineCommand): readonly string[] {
  const { direct } = machine;
  if (direct === undefined) return [];
  const words = hasLatecomers(machine) ? `${direct.arguments} ${delay}` : direct.arguments;
  return ['-kernel', direct.kernel, '-initrd', direct.initrd, '-append', words];
}
