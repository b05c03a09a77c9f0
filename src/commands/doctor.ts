import { kernel } from '../doctor/kernel.ts';
import { addresses, firewalls, managers } from '../doctor/network.ts';
import { LabnetError, messageOf } from '../errors.ts';
import { requiredPrograms } from '../image/required-programs.ts';
import { formatDisk } from '../lab/quantity.ts';
import { lockHost } from '../labs/lab-store.ts';
import { readAvailableMemory, readFreeSpace } from '../observe/resources.ts';
import type { Finding } from '../preflight/finding.ts';
import { ownGroundFindings } from '../preflight/own-ground.ts';
import { installPackages, missingPackages } from '../preflight/packages.ts';
import { neededPrograms } from '../preflight/preflight.ts';
import { probeAccelerator } from '../qemu/accelerator.ts';
import type { Output } from '../report/output.ts';
import type { Context, Result } from '../runs/context.ts';

/** The flags of `labnet doctor`. */
export interface DoctorOptions {
  readonly fix?: boolean | undefined;
}

/** Looks at everything a lab needs of this host; with --fix installs what is missing. */
export async function doctor({ fix }: DoctorOptions, context: Context): Promise<Result<'doctor'>> {
  const { host, say } = context;
  const programs = [...neededPrograms, ...requiredPrograms.build];
  const missing = await missingPackages(programs);
  if (fix === true && missing.length > 0 && host.ground === 'pc') {
    say(`Installing ${missing.join(', ')}`);
    await installPackages(missing, host, say);
  }
  const looks = {
    packages: () => packages(programs),
    ground,
    'own-ground': ({ host }: Context) => ownGroundFindings(host),
    kvm,
    kernel,
    memory,
    disk,
    addresses,
    firewalls,
    managers,
  };
  const findings = (
    await Promise.all(Object.entries(looks).map(([id, look]) => tolerant(id, look(context))))
  ).flat();
  const ok = findings.every(({ level }) => level !== 'problem');
  return {
    json: { ok, findings: findings.map(inJson) },
    text: findings.map(line).join('\n'),
    status: ok ? 0 : 1,
  };
}

/** Makes a finding of a look that fails, as for a program which is not there, so that the other looks go on. */
async function tolerant(
  id: string,
  look: Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return [await look].flat();
  } catch (error) {
    if (!(error instanceof LabnetError)) throw error;
    return [
      {
        id,
        level: 'problem',
        message: `not looked at: ${error.message}`,
        remedy: error.hint === undefined ? [] : [error.hint],
      },
    ];
  }
}

function line({ level, message, remedy }: Finding): string {
  const word = { good: 'good   ', warning: 'warning', problem: 'problem' }[level];
  return [`${word}  ${message}`, ...remedy.join('\n').split('\n')]
    .filter((text) => text !== '')
    .join('\n         ');
}

/** A finding as --json prints it, without the key `remedy` where there is none. */
function inJson({ remedy, ...found }: Finding): Output<'doctor'>['findings'][number] {
  return remedy.length === 0 ? found : { ...found, remedy: remedy.join('\n') };
}

async function packages(programs: readonly string[]): Promise<Finding> {
  const missing = await missingPackages(programs);
  if (missing.length === 0)
    return { id: 'packages', level: 'good', message: 'all needed programs are installed', remedy: [] };
  return {
    id: 'packages',
    level: 'problem',
    message: `not installed: ${missing.join(', ')}`,
    remedy: [
      `sudo apt-get install --no-install-recommends ${missing.join(' ')}   (or: sudo labnet doctor --fix)`,
    ],
  };
}

async function ground({ host }: Context): Promise<Finding> {
  const message =
    host.ground === 'pc'
      ? 'looked at: this PC, on which labnet works as root'
      : 'looked at: your own host on this PC, where labs need no right of root; as root, labnet works on the PC itself';
  return { id: 'ground', level: 'good', message, remedy: [] };
}

async function kvm(context: Context): Promise<Finding> {
  try {
    const { accelerator, reason } = await probeLocked(context);
    if (accelerator === 'kvm')
      return { id: 'kvm', level: 'good', message: `KVM works: ${reason}`, remedy: [] };
    return {
      id: 'kvm',
      level: 'warning',
      message: `VMs are emulated (TCG), which is many times slower: ${reason}`,
      remedy: [
        context.host.ground === 'own' && reason.includes('Permission denied')
          ? 'ask the admin to type: adduser NAME kvm   (with your name); then log in again'
          : 'turn on VT-x or AMD-V in the firmware; in a VM, nested virtualisation',
      ],
    };
  } catch (error) {
    return {
      id: 'kvm',
      level: 'problem',
      message: `QEMU cannot run a guest at all: ${messageOf(error)}`,
      remedy: [],
    };
  }
}

/** Probes KVM under the lock of the host, whose release also sweeps what a killed probe has left. */
async function probeLocked({ host, roots, options, signal }: Context) {
  const lock = await lockHost('doctor', { host, roots, wait: options.wait });
  try {
    return await probeAccelerator(host, { scratch: roots.run, signal });
  } finally {
    await lock.release();
  }
}

async function memory({ host }: Context): Promise<Finding> {
  const free = await readAvailableMemory(host);
  const vms = Math.max(0, Math.floor(free / 712));
  return {
    id: 'memory',
    level: vms >= 2 ? 'good' : 'problem',
    message: `${free} MiB of memory are free: room for ${vms} VMs of 512 MiB`,
    remedy: vms >= 2 ? [] : ['end some programs, or give VMs less: defaults: {memory: 256M}'],
  };
}

async function disk({ roots }: Context): Promise<Finding> {
  const free = await readFreeSpace(roots.state);
  const enough = free > 5 * 1024 ** 3;
  return {
    id: 'disk',
    level: enough ? 'good' : 'problem',
    message: `${formatDisk(free)} are free in ${roots.state}`,
    remedy: enough ? [] : ['make room, or move it: LABNET_STATE=/another/directory'],
  };
}
