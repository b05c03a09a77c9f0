/** What `labnet doctor` has the kernel make of a lab, in a network namespace that is gone at once. */
import { CommandFailed } from '../host/command-failed.ts';
import type { Host } from '../host/host.ts';
import type { Finding } from '../preflight/finding.ts';
import type { Context } from '../runs/context.ts';

interface Part {
  readonly name: string;
  readonly argv: readonly string[];
  /** Text for the command's standard input. */
  readonly stdin: string;
  /** The kernel's module that makes it, if it is none of the kernel's own parts. */
  readonly module: string;
}

const links = (...words: readonly string[]) => ({ argv: ['ip', ...words], stdin: '' });

const table = (family: string, chain: string) => ({
  argv: ['nft', '--file', '-'],
  stdin: `table ${family} labnet {\n chain one {\n${chain}\n }\n}\n`,
});

const parts: readonly Part[] = [
  { name: 'a bridge', ...links('link', 'add', 'name', 'br0', 'type', 'bridge'), module: 'bridge' },
  { name: 'a tap', ...links('tuntap', 'add', 'dev', 'tap0', 'mode', 'tap'), module: 'tun' },
  {
    name: 'a cable',
    ...links('link', 'add', 'name', 'end0', 'type', 'veth', 'peer', 'name', 'end1'),
    module: 'veth',
  },
  {
    name: 'NAT',
    ...table('ip', 'type nat hook postrouting priority 100;\nmasquerade'),
    module: 'nft_masq',
  },
  {
    name: 'a rule on a bridge',
    ...table('bridge', 'type filter hook prerouting priority 0;\naccept'),
    module: 'nf_tables',
  },
];

/** Whether the parts that every lab is made of can be made: a file that is there proves nothing. */
export async function kernel({ host }: Context): Promise<Finding> {
  const id = 'kernel';
  const failures = (await Promise.all(parts.map((part) => tryOne(part, host)))).flat();
  if (failures.length === 0)
    return {
      id,
      level: 'good',
      message: `the kernel makes ${parts.map(({ name }) => name).join(', ')}`,
      remedy: [],
    };
  return {
    id,
    level: 'problem',
    message: failures.map(({ name, said }) => `the kernel does not make ${name}: ${said}`).join('; '),
    remedy: [await remedy(failures, host)],
  };
}

/** The part with the first line of what was said, where the part was not made; nothing where it was. */
async function tryOne(part: Part, host: Host) {
  try {
    await host.run(['unshare', '--net', '--', ...part.argv], { stdin: part.stdin });
    return [];
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return [{ ...part, said: error.stderr.split('\n', 1).join('') }];
  }
}

async function remedy(failures: readonly Part[], host: Host): Promise<string> {
  const release = ((await host.read('/proc/sys/kernel/osrelease')) ?? '').trim();
  const modules = `/lib/modules/${release}`;
  const others = await host.list('/lib/modules');
  if ((await host.stat(modules)) === undefined && others.length > 0)
    return `restart the PC: ${modules} is gone, as after an upgrade of the kernel`;
  return `sudo modprobe ${failures.map(({ module }) => module).join(' && sudo modprobe ')}`;
}
