/** The two processes that outlive labnet: QEMU, and the stand-in internet. Each starts only where it could. */
import { LabnetError } from '../../src/errors.ts';
import type { SpawnOptions } from '../../src/host/spawn-options.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { privileges } from './programs.ts';
import type { World } from './world.ts';

export function startService(argv: readonly string[], options: SpawnOptions, world: World): number {
  if (world.files.stat(options.log) === undefined) world.files.append(options.log, '');
  const network = world.namespaceAt(options.namespace);
  if (network === undefined) throw failed(argv, `nsenter: cannot open ${options.namespace}`);
  // On a real host the wait would end at once, before anything listens.
  if (world.files.stat(options.ready.path) !== undefined) {
    throw failed(argv, `${options.ready.path} is there before the process is`);
  }
  return (argv.includes('stand-in-internet') ? internet : qemu)({ argv, network, options, world });
}

interface Circumstances {
  readonly argv: readonly string[];
  readonly network: NetworkNamespace;
  readonly options: SpawnOptions;
  readonly world: World;
}

function qemu({ argv, network, options, world }: Circumstances): number {
  const { view } = options;
  const [unshare = '', root = '', end = ''] = argv;
  if (view === undefined || `${unshare} ${root} ${end}` !== `unshare --root=${view.place} --`)
    throw failed(argv, 'it would see all of the host');
  if (world.files.stat(view.place)?.kind !== 'directory') throw failed(argv, `no directory ${view.place}`);
  const { uid, command: keeping } = privileges(argv.slice(3));
  // Its console's log comes first, and is its own: see withConsoleLog.
  const [log = '', , ...command] = keeping.slice(2);
  if (world.files.stat(log)?.uid !== uid) throw failed(keeping, `could not open ${log}`);
  const all = command.join(' ');
  const find = (pattern: RegExp) => pattern.exec(all)?.[1] ?? '';
  const [tap, qmp] = [find(/ifname=([^,]+),/), find(/-qmp unix:([^,]+),/)];
  const console = find(/path=([^,]+),/);
  const link = network.links.get(tap);
  if (link?.uid !== uid) throw failed(command, `could not open the tap ${tap}`);
  for (const file of [find(/id=disk,[^ ]*file=(\S+)/), find(/id=seed,[^ ]*file=(\S+)/)]) {
    const isSeen = view.own.some((directory) => file.startsWith(`${directory}/`));
    if (!isSeen || world.files.stat(file)?.uid !== uid) throw failed(command, `could not open ${file}`);
  }
  if (qmp !== options.ready.path) throw failed(command, `not up after ${options.ready.seconds} s`);
  // QEMU unlinks what an earlier one left.
  for (const socket of [qmp, console]) {
    world.files.remove(socket);
    world.files.listen(socket, uid);
  }
  world.files.write(log, 'boot\n', 0o600, uid);
  const { pid } = world.start({ uid, argv: command, namespace: network.id, sockets: [qmp, console] });
  link.holder = pid;
  return pid;
}

/** Without rights from the start: the ports of the namespace must be open to it. */
function internet({ argv, network, options, world }: Circumstances): number {
  const { uid, command } = privileges(argv);
  const [address, , ready = ''] = command.slice(command.indexOf('stand-in-internet') + 1);
  if (options.stdin === undefined || options.input === undefined) throw failed(argv, 'nothing to run');
  if (network.unprivilegedPortStart !== '0') throw failed(argv, `listen EACCES: ${address}:53`);
  if (ready !== options.ready.path) throw failed(argv, `not up after ${options.ready.seconds} s`);
  const addresses = [...network.links.values()].flatMap((link) => link.addresses);
  if (!addresses.includes(`${address}/32`)) throw failed(argv, `listen EADDRNOTAVAIL: ${address}`);
  world.files.write(ready, '', 0o600, uid);
  return world.start({ uid, argv: command, namespace: network.id, sockets: [] }).pid;
}

function failed(argv: readonly string[], message: string): LabnetError {
  return new LabnetError('failed', `${argv.join(' ')}\nended at once: ${message}`);
}
