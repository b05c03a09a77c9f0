import { createHash } from 'node:crypto';
import type { Host } from '../host/host.ts';
import { readCpuModel } from '../observe/cpu-model.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { qemuVersion } from '../qemu/qemu-version.ts';

/** What goes into a configured VM. Links and rules of the host do not: they are made anew each time. */
const kinds: readonly string[] = ['overlay', 'seed', 'machine', 'key-pair', 'password'];

/**
 * Names all that a configured lab was made from: image (by its hash), seeds, hardware, QEMU's version, and under KVM
 * the host's own CPU, which the guests have seen. Passwords are no part of it: see `givenPasswords` in saved-lab.ts.
 */
export async function labKey(plan: Plan, host: Host): Promise<string> {
  const qemu = await qemuVersion(host);
  const cpu = plan.guests.some(({ accelerator }) => accelerator === 'kvm') ? await readCpuModel(host) : [];
  const specs = specsOf(plan)
    .filter(({ kind }) => kinds.includes(kind))
    // Whose the lab's key is tells nothing of the VMs.
    .map((spec) => (spec.kind === 'key-pair' ? { ...spec, uid: undefined } : spec))
    // How its QEMU is started tells nothing of a VM.
    .map((spec) => (spec.kind === 'machine' ? { ...spec, scope: undefined } : spec));
  const content = { qemu, cpu, specs };
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
