/** What a VM's QEMU needs to know. */
export interface MachineCommand {
  /** The VM's name, as it is shown by ps and in QEMU's own messages. */
  readonly name: string;
  /** The uuid that proves on the command line whose process this is. */
  readonly uuid: string;
  readonly cpus: number;
  /** The VM's memory in mebibytes. */
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
  /**
   * The host's end of the port by which labnet enters the VM without its network, user or key (guest/reach.sh). A labnet
   * before 0.3 had none.
   */
  readonly channel?: string | undefined;
  /** The path of the console's log. QEMU itself finds it at its standard input: see host/console-log.ts. */
  readonly consoleLog: string;
  /** The kernel that QEMU starts itself; undefined: the firmware starts the disk's boot loader. */
  readonly direct?:
    | { readonly kernel: string; readonly initrd: string; readonly arguments: string }
    | undefined;
  /**
   * Whether there are more CPUs of guests than of the host: `lab`, with all VMs of the lab together; `vm`, already with
   * this one alone. Left out: there are not.
   */
  readonly crowded?: 'lab' | 'vm' | undefined;
}

/**
 * Whether a VM finds fewer CPUs of the host than it has itself.
 *
 * @param all the CPUs of all VMs of its lab together
 */
export function crowdOf(cpus: number, all: number, hostCpus: number): MachineCommand['crowded'] {
  if (cpus > hostCpus) return 'vm';
  return all > hostCpus ? 'lab' : undefined;
}
