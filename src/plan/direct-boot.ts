import { LabnetError } from '../errors.ts';
import type { Vm } from '../lab/lab.ts';
import { isMeasured } from '../lab/least-memory.ts';
import { formatSize } from '../lab/quantity.ts';
import { leastToBoot } from '../lab/sizes.ts';
import type { MachineSpec } from '../resource/machine.ts';
import type { PlanContext } from './context.ts';

/**
 * Upkeep that a lab's VM does not need while it is being set up, and checks of a file system that has just been made:
 * systemd leaves them out for as long as QEMU starts the kernel (systemd-debug-generator(8), systemd-fsck@.service(8)).
 * Nothing of it is written to the disk.
 */
const leftOut = [
  'fsck.mode=skip',
  ...[
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
    'fstrim.timer',
    'man-db.timer',
  ].map((unit) => `systemd.mask=${unit}`),
].join(' ');

/**
 * Drivers that udev would load for a CPU and for devices that are only emulated: under TCG that takes one to two seconds
 * of a boot, and serves nothing. modprobe(8) by name still loads them.
 */
const emulated = `modprobe.blacklist=${[
  ...['kvm_amd', 'kvm_intel', 'powernow_k8', 'aesni_intel', 'ghash_clmulni_intel'],
  ...['psmouse', 'pcspkr', 'floppy', 'i2c_piix4'],
].join(',')}`;

/** How QEMU starts a VM's kernel; undefined: by the firmware, as the lab file asks or the image alone can. */
export function directBoot(
  { boot, cloudConfig }: Vm,
  { facts }: PlanContext,
): MachineSpec['command']['direct'] {
  const found = facts.image?.direct;
  if (boot === 'firmware' || found === undefined) return undefined;
  // A VM with a cloud_config of its own may want any module, in any stage.
  const stage = Object.keys(cloudConfig).length === 0 ? ' systemd.mask=cloud-config.service' : '';
  const tcg = facts.accelerator === 'tcg' ? ` ${emulated}` : '';
  return { ...found, arguments: `${found.arguments} ${leftOut}${tcg}${stage}` };
}

/** @throws LabnetError host-cannot where a VM has to take the longer way, and has too little memory for it */
export function requireMemory({ lab, facts: { image } }: PlanContext): void {
  if (image === null || image.direct !== undefined || !isMeasured(image.name)) return;
  const small = lab.vms.filter(({ boot, memory }) => boot === 'direct' && memory < leastToBoot.firmware);
  const [first] = small;
  if (first === undefined) return;
  const least = formatSize(leastToBoot.firmware);
  const what = `${formatSize(first.memory)} is too little for ${small.map(({ name }) => name).join(', ')}`;
  throw new LabnetError(
    'host-cannot',
    `${what}: ${image.name} has no kernel beside it and boots by firmware, which takes at least ${least}`,
    { hint: `memory: ${least}; or sudo labnet image build ${image.name}, with a kernel that QEMU starts` },
  );
}

/** Said once, before the VMs boot; nothing when no VM has to take the longer way. */
export function firmwareNote({ lab, facts }: PlanContext): readonly string[] {
  const asked = lab.vms.some(({ boot }) => boot === 'direct');
  if (!asked || facts.image === null || facts.image.direct !== undefined) return [];
  return [`${facts.image.name} has no kernel beside it: its VMs boot by firmware, which takes longer`];
}
