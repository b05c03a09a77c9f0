/** What stands in for the programs of a host: each command line does to the world what the program would. */
import type { Output } from '../../src/host/host.ts';
import { done, refuses, says, unknown } from './answer.ts';
import { fileCommand } from './file-commands.ts';
import { ipCommand } from './ip-command.ts';
import { iptablesCommand } from './iptables-command.ts';
import { KernelError } from './kernel-error.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { nftCommand } from './nft-command.ts';
import { sysctlCommand } from './sysctl-command.ts';
import { uplinkCommand } from './uplink-command.ts';
import type { World } from './world.ts';

export interface Invocation {
  readonly argv: readonly string[];
  readonly stdin: string;
  /** Path of the namespace to enter first. */
  readonly namespace: string | undefined;
}

export function runProgram({ argv, stdin, namespace }: Invocation, world: World): Output {
  const network = world.namespaceAt(namespace);
  if (network === undefined)
    return refuses(1, `nsenter: cannot open ${namespace}: No such file or directory`);
  try {
    return dispatch(argv, stdin, network, world);
  } catch (error) {
    if (error instanceof KernelError) return refuses(1, error.message);
    throw error;
  }
}

function dispatch(argv: readonly string[], stdin: string, network: NetworkNamespace, world: World): Output {
  switch (argv[0]) {
    case 'ip':
      return ipCommand(argv, stdin, network, world);
    case 'iptables-nft':
      return iptablesCommand(argv, network);
    case 'nmcli':
      if (argv.join(' ') !== 'nmcli general reload conf') return unknown(argv);
      world.readConfiguration();
      return done;
    case 'nft':
      return nftCommand(argv, stdin, network);
    // Everything is reached here, whoever asks.
    case 'ping':
      return done;
    case 'perl':
      if (argv.includes('pasta')) return uplinkCommand(argv, world);
      return argv[2]?.startsWith('print crypt(') === true && argv.length === 4
        ? says(`${argv[3]}$${'hash'.padEnd(86, '.')}`)
        : unknown(argv);
    case '/usr/bin/node':
      return argv[2] === 'reach'
        ? says(JSON.stringify([{ id: 'tcp', ok: true, reason: 'it answers' }]))
        : unknown(argv);
    case 'sysctl':
      return sysctlCommand(argv, network);
    case 'unshare':
      return unshare(argv, world);
    case 'umount':
      return umount(argv, world);
    case 'setpriv': {
      const { uid, command } = privileges(argv);
      return fileCommand(command, uid, world.files);
    }
    default:
      return fileCommand(argv, 0, world.files);
  }
}

function unshare(argv: readonly string[], world: World): Output {
  const [, place] = argv;
  const [, path] = /^--net=(\S+)$/.exec(place ?? '') ?? [];
  if (path === undefined || argv[2] !== '--') return unknown(argv);
  world.newNamespace(path);
  return runProgram({ argv: argv.slice(3), stdin: '', namespace: path }, world);
}

function umount(argv: readonly string[], world: World): Output {
  const [, path = '', ...rest] = argv;
  if (rest.length > 0) return unknown(argv);
  if (world.files.mounted(path) === undefined) return refuses(32, `umount: ${path}: not mounted.`);
  world.unmount(path);
  return done;
}

/** Takes `setpriv` with all that it must give up off a command line. */
export function privileges(argv: readonly string[]): {
  readonly uid: number;
  readonly command: readonly string[];
} {
  const end = argv.indexOf('--');
  const given = argv.slice(0, end).join(' ');
  const [, uid, gid] =
    /^setpriv --reuid (\d+) --regid (\d+) (?:--clear-groups|--groups \d+) --inh-caps=-all --bounding-set=-all --no-new-privs$/.exec(
      given,
    ) ?? [];
  if (uid === undefined || uid !== gid) return unknown(argv);
  return { uid: Number(uid), command: argv.slice(end + 1) };
}

const reading = [
  /^ip -details -json address show/,
  /^nft --stateless --handle list /,
  /^iptables-nft -w -S /,
  /^ping /,
  / reach /,
  /^sysctl (?!.*--write)/,
  / qemu-img info /,
];

/** True for a command that only looks. */
export function onlyReads(argv: readonly string[]): boolean {
  return reading.some((pattern) => pattern.test(argv.join(' ')));
}
