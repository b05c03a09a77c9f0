import type { Host } from '../host/host.ts';

/** Model, microcode and flags of the first CPU (proc_cpuinfo(5)): what guests under KVM have seen. */
export async function readCpuModel(host: Host): Promise<readonly string[]> {
  const first = (await host.read('/proc/cpuinfo'))?.split('\n\n')[0] ?? '';
  return first.split('\n').filter((line) => /^(model name|microcode|flags)\s*:/.test(line));
}
