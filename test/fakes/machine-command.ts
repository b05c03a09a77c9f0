import type { MachineCommand } from '../../src/qemu/machine-command.ts';

/** What the QEMU of an ordinary VM needs to know; its disk lies in a directory with a comma. */
export const machineCommand: MachineCommand = {
  name: 'labnet-lab-vm1',
  uuid: '00000000-0000-8000-8000-000000000000',
  cpus: 2,
  memory: 512,
  accelerator: 'tcg',
  nic: 'virtio',
  bus: 'virtio',
  mac: '02:00:00:00:00:01',
  tap: 'tap0',
  disk: '/labs/a,b/sda.qcow2',
  seed: '/labs/seed.iso',
  qmp: '/run/qmp.sock',
  console: '/run/console.sock',
  consoleLog: '/labs/console.log',
};
