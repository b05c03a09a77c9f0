/** What a VM's QEMU needs to know. */
export interface MachineCommand {
  /** Shown by ps and in QEMU's own messages. */
  readonly name: string;
  /** On the command line it proves whose process this is. */
  readonly uuid: string;
  readonly cpus: number;
  /** Mebibytes. */
  readonly memory: number;
  readonly accelerator: 'kvm' | 'tcg';
  readonly nic: 'virtio' | 'e1000';
  readonly bus: 'virtio' | 'ide';
  readonly mac: string;
  readonly tap: string;
  readonly disk: string;
  readonly seed: string;
  readonly qmp: string;
  readonly console: string;
  readonly consoleLog: string;
  /** QEMU starts this kernel itself; undefined: the firmware starts the disk's boot loader. */
  readonly direct?:
    | { readonly kernel: string; readonly initrd: string; readonly arguments: string }
    | undefined;
  readonly hostCpus: number;
  /** CPUs of all the lab's VMs together. */
  readonly totalGuestCpus: number;
}

/**
 * The QEMU command of one VM, an option beside its value. No default devices, no user configuration, nothing drawn;
 * not `-daemonize`, which the seccomp sandbox kills (it would spawn).
 */
export function qemuCommand(machine: MachineCommand): readonly string[] {
  return [
    'qemu-system-x86_64',
    ...['-name', optionValue(machine.name)],
    ...['-uuid', machine.uuid],
    '-nodefaults',
    '-no-user-config',
    ...sandboxed,
    ...machineOptions(machine),
    ...['-smp', hasLatecomers(machine) ? `cpus=1,maxcpus=${machine.cpus}` : String(machine.cpus)],
    ...['-m', String(machine.memory)],
    ...['-display', 'none'],
    ...['-rtc', 'base=utc,clock=host,driftfix=slew'],
    ...['-msg', 'timestamp=on'],
    ...directOptions(machine),
    ...diskOptions(machine),
    ...['-netdev', `tap,id=net0,ifname=${machine.tap},script=no,downscript=no`],
    // No boot ROM: the disk is what boots.
    ...[
      '-device',
      `${machine.nic === 'virtio' ? 'virtio-net-pci' : 'e1000'},netdev=net0,mac=${machine.mac},romfile=`,
    ],
    ...['-device', 'virtio-rng-pci'],
    ...[
      '-chardev',
      `socket,id=console,path=${optionValue(machine.console)},server=on,wait=off,logfile=${optionValue(machine.consoleLog)},logappend=on`,
    ],
    ...['-serial', 'chardev:console'],
    ...['-qmp', `unix:${optionValue(machine.qmp)},server=on,wait=off`],
  ];
}

/** What no QEMU of labnet may do: start programs, change rights, or use old and resource-changing system calls. */
export const sandboxed = [
  '-sandbox',
  'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
] as const;

/**
 * Machine, CPU and accelerator: what the accelerator probe must try in exactly this form.
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

type Load = Pick<MachineCommand, 'accelerator' | 'cpus' | 'hostCpus' | 'totalGuestCpus'>;

function oneThread({ cpus, hostCpus, totalGuestCpus }: Load): boolean {
  return totalGuestCpus > hostCpus || cpus === 1;
}

/**
 * Whether the VM starts with one CPU and gets the others once it has booted (see host/plug-cpus.ts): where one thread of the
 * host runs them all, the others only cost until then (measured: two VMs of two CPUs, 37.6 s against 43.6 s).
 */
export function hasLatecomers(machine: Load): boolean {
  return machine.accelerator === 'tcg' && machine.cpus > 1 && oneThread(machine);
}

/** The paths stand alone in their arguments: here a comma is a comma. */
function directOptions({ direct }: MachineCommand): readonly string[] {
  if (direct === undefined) return [];
  return ['-kernel', direct.kernel, '-initrd', direct.initrd, '-append', direct.arguments];
}

/** Formats are said, never probed. The seed is read-only. */
function diskOptions({ bus, disk, seed, direct }: MachineCommand): readonly string[] {
  // A kernel given takes the first place itself.
  const first = direct === undefined ? ',bootindex=0' : '';
  const drives = [
    ...['-drive', `if=none,id=disk,format=qcow2,discard=unmap,file=${optionValue(disk)}`],
    ...['-drive', `if=none,id=seed,format=raw,readonly=on,file=${optionValue(seed)}`],
  ];
  return bus === 'virtio'
    ? [...drives, '-device', `virtio-blk-pci,drive=disk${first}`, '-device', 'virtio-blk-pci,drive=seed']
    : [...drives, '-device', `ide-hd,bus=ide.0,drive=disk${first}`, '-device', 'ide-cd,bus=ide.1,drive=seed'];
}

/** A comma ends an option's value unless it is doubled (qemu-options, "-drive"). */
function optionValue(value: string): string {
  return value.replaceAll(',', ',,');
}
