/**
 * The devices of a VM, as options of QEMU's command line and as commands that plug them in while the VM runs. Each has a
 * place of its own on the PCI bus, so that a saved state finds it there, however it got there.
 */
import type { QmpCommand } from '../host/qmp.ts';
import type { MachineCommand } from './command-line.ts';

/**
 * Slots of the PCI bus; 0 and 1 are the board's own. Every fourth shares an interrupt link (QEMU, hw/i386/acpi-build.c):
 * what is plugged in finds one that the disk or the random generator has enabled, which takes a third of a second under TCG.
 */
const places = { disk: '2', rng: '5', seed: '6', nic: '9' } as const;

/** Formats are said, never probed. */
export function diskOptions({ bus, disk, direct }: MachineCommand): readonly string[] {
  // A kernel given takes the first place itself.
  const first = direct === undefined ? ',bootindex=0' : '';
  const drive = `if=none,id=disk,format=qcow2,discard=unmap,file=${optionValue(disk)}`;
  const device =
    bus === 'virtio' ? `virtio-blk-pci,drive=disk,addr=${places.disk}` : 'ide-hd,bus=ide.0,drive=disk';
  return ['-drive', drive, '-device', `${device}${first}`];
}

export function seedOptions({ bus, seed }: MachineCommand): readonly string[] {
  const drive = `if=none,id=seed,format=raw,readonly=on,file=${optionValue(seed)}`;
  const device =
    bus === 'virtio' ? `virtio-blk-pci,drive=seed,addr=${places.seed}` : 'ide-cd,bus=ide.1,drive=seed';
  return ['-drive', drive, '-device', device];
}

/** No boot ROM: the disk is what boots. */
export function networkOptions({ nic, mac, tap }: MachineCommand): readonly string[] {
  const driver = nic === 'virtio' ? 'virtio-net-pci' : 'e1000';
  return [
    ...['-netdev', `tap,id=net0,ifname=${tap},script=no,downscript=no`],
    ...['-device', `${driver},netdev=net0,mac=${mac},romfile=,addr=${places.nic}`],
  ];
}

export const rngOptions = ['-device', `virtio-rng-pci,addr=${places.rng}`] as const;

/** What makes a machine of the form `template` whole while it runs: the same NIC and seed, at the same places. */
export function pluggedDevices({ tap, mac, seed }: MachineCommand): readonly QmpCommand[] {
  const file = { driver: 'file', filename: seed };
  return [
    {
      execute: 'netdev_add',
      arguments: { type: 'tap', id: 'net0', ifname: tap, script: 'no', downscript: 'no' },
    },
    {
      execute: 'device_add',
      arguments: { driver: 'virtio-net-pci', netdev: 'net0', mac, romfile: '', addr: places.nic },
    },
    { execute: 'blockdev-add', arguments: { driver: 'raw', 'node-name': 'seed', 'read-only': true, file } },
    { execute: 'device_add', arguments: { driver: 'virtio-blk-pci', drive: 'seed', addr: places.seed } },
  ];
}

/** A comma ends an option's value unless it is doubled (qemu-options, "-drive"). */
export function optionValue(value: string): string {
  return value.replaceAll(',', ',,');
}
