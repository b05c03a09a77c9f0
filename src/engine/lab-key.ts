import { createHash } from 'node:crypto';
import type { Host } from '../host/host.ts';
import { qemuVersion } from '../host/qemu-version.ts';
import { type Plan, specsOf } from '../plan/plan.ts';

/** What goes into a configured VM. Links and rules of the host do not: they are made anew each time. */
const kinds: readonly string[] = ['overlay', 'seed', 'machine', 'key-pair', 'password'];

/**
 * Names all that a configured lab was made from: image (by its hash), seeds, hardware, QEMU's version, and under KVM
 * the host's own CPU, which the guests have seen. Passwords are no part of it: see `givenPasswords` in saved-lab.ts.
 */
export async function labKey(plan: Plan, host: Host): Promise<string> {
  const qemu = await qemuVersion(host);
  const cpu = plan.guests.some(({ accelerator }) => accelerator === 'kvm') ? await cpuOf(host) : [];
  const specs = specsOf(plan).filter(({ kind }) => kinds.includes(kind));
  const content = { qemu, cpu, specs };
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** Model, microcode and flags of the first CPU (proc_cpuinfo(5)). */
async function cpuOf(host: Host): Promise<readonly string[]> {
  const first = (await host.read('/proc/cpuinfo'))?.split('\n\n')[0] ?? '';
  return first.split('\n').filter((line) => /^(model name|microcode|flags)\s*:/.test(line));
}
