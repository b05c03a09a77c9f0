import type { Host } from '../host/host.ts';

const known = new WeakMap<Host, Promise<string>>();

/** The first line of QEMU's --version, asked for once in a run; no saved state is loaded with another version. */
export function qemuVersion(host: Host): Promise<string> {
  const version = known.get(host) ?? ask(host);
  known.set(host, version);
  return version;
}

async function ask(host: Host): Promise<string> {
  const { stdout } = await host.run(['qemu-system-x86_64', '--version']);
  return stdout.split('\n')[0] ?? '';
}
