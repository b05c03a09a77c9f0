/**
 * The devices of a VM, as options of QEMU's command line. Each has a place of its own on the PCI bus, where a saved
 * state finds it.
 */
import type { MachineCommand } from './machine-command.ts';

/**
 * The slot of each device on the PCI bus; 0 and 1 are the board's own. Kept states have their devices here: elsewhere
 * they would not load.
 */
const places = { disk: '2', rng: '5', seed: '6', channel: '7', nic: '9' } as const;

/** The options for the disk of a VM. Its format is said, never probed. */
export function diskOptions({ bus, disk, direct }: MachineCommand): readonly string[] {
  // A kernel that QEMU is given takes the first place itself.
  const first = direct === undefined ? ',bootindex=0' : '';
  const drive = `if=none,id=disk,format=qcow2,discard=unmap,file=${optionValue(disk)}`;
  const device =
    bus === 'virtio' ? `virtio-blk-pci,drive=disk,addr=${places.disk}` : 'ide-hd,bus=ide.0,drive=disk';
  return ['-drive', drive, '-device', `${device}${first}`];
}

/**
 * The options for the drive of the seed. A template has zeros there, and a clone knows by them that it is none yet
 * (guest/gate).
 */
export function seedOptions({ bus, seed }: MachineCommand, template: boolean): readonly string[] {
  const content = template ? 'driver=null-co,size=1M,read-zeroes=on' : `format=raw,file=${optionValue(seed)}`;
  const drive = `if=none,id=seed,readonly=on,${content}`;
  const device =
    bus === 'virtio' ? `virtio-blk-pci,drive=seed,addr=${places.seed}` : 'ide-cd,bus=ide.1,drive=seed';
  return ['-drive', drive, '-device', device];
}

/**
 * The options for the network card. It has no boot ROM, since the disk is what boots; the cable of a template leads
 * nowhere.
 */
export function networkOptions({ nic, mac, tap }: MachineCommand, template: boolean): readonly string[] {
  const driver = nic === 'virtio' ? 'virtio-net-pci' : 'e1000';
  const cable = template ? 'hubport,id=net0,hubid=0' : `tap,id=net0,ifname=${tap},script=no,downscript=no`;
  return [
    ...['-netdev', cable],
    ...['-device', `${driver},netdev=net0,mac=${mac},romfile=,addr=${places.nic}`],
  ];
}

/** The options for the random number generator of a VM. */
export const rngOptions = ['-device', `virtio-rng-pci,addr=${places.rng}`] as const;

/** The name of the port by which labnet enters a VM, as the guest sees it in /dev/virtio-ports. */
const portName = 'labnet.reach';

/**
 * The options for the port by which labnet enters a VM, whose other end is a socket on the host; none for a VM of a labnet
 * before 0.3. That of a template leads nowhere.
 */
export function channelOptions({ channel }: MachineCommand, template: boolean): readonly string[] {
  if (channel === undefined) return [];
  const end = template
    ? 'null,id=channel'
    : `socket,id=channel,path=${optionValue(channel)},server=on,wait=off`;
  return [
    ...['-chardev', end],
    ...['-device', `virtio-serial-pci,max_ports=2,addr=${places.channel}`],
    ...['-device', `virtserialport,chardev=channel,name=${portName}`],
  ];
}

/** A value as it may stand in an option: a comma ends the value unless it is doubled (qemu-options, "-drive"). */
export function optionValue(value: string): string {
  return value.replaceAll(',', ',,');
}
