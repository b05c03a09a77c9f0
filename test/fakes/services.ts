/** The two processes that outlive labnet: QEMU, and the stand-in internet. Each starts only where it could. */
import { LabnetError } from '../../src/errors.ts';
import type { SpawnOptions } from '../../src/host/host.ts';
import { privileges } from './programs.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import type { World } from './world.ts';

export function startService(argv: readonly string[], options: SpawnOptions, world: World): number {
  if (world.files.stat(options.log) === undefined) world.files.append(options.log, '');
  const network = world.namespaceAt(options.namespace);
  if (network === undefined) throw failed(argv, `nsenter: cannot open ${options.namespace}`);
  const { uid, command } = privileges(argv);
  const service = command[0] === 'qemu-system-x86_64' ? qemu : internet;
  return service(command, { uid, network, options, world });
}

interface Circumstances {
  readonly uid: number;
  readonly network: NetworkNamespace;
  readonly options: SpawnOptions;
  readonly world: World;
}

function qemu(command: readonly string[], { uid, network, options, world }: Circumstances): number {
  const all = command.join(' ');
  const find = (pattern: RegExp) => pattern.exec(all)?.[1] ?? '';
  const [tap, qmp] = [find(/ifname=([^,]+),/), find(/-qmp unix:([^,]+),/)];
  const [console, log] = [find(/path=([^,]+),/), find(/logfile=([^,]+),/)];
  const link = network.links.get(tap);
  if (link?.uid !== uid) throw failed(command, `could not open the tap ${tap}`);
  for (const file of [find(/id=disk,[^ ]*file=(\S+)/), find(/id=seed,[^ ]*file=(\S+)/)]) {
    if (world.files.stat(file)?.uid !== uid) throw failed(command, `could not open ${file}`);
  }
  if (qmp !== options.ready.path) throw failed(command, `not up after ${options.ready.seconds} s`);
  for (const socket of [qmp, console]) world.files.listen(socket, uid);
  world.files.write(log, 'boot\n', 0o600, uid);
  return world.start({ uid, argv: command, namespace: network.id, sockets: [qmp, console] }).pid;
}

function internet(command: readonly string[], { uid, network, options, world }: Circumstances): number {
  const at = command.indexOf('stand-in-internet');
  const [address, , ready = ''] = command.slice(at + 1);
  if (at === -1 || ready !== options.ready.path) throw failed(command, 'not the stand-in internet');
  if (network.unprivilegedPorts !== '0') throw failed(command, 'listen EACCES: port 53');
  const addresses = [...network.links.values()].flatMap((link) => link.addresses);
  if (!addresses.includes(`${address}/32`)) throw failed(command, `listen EADDRNOTAVAIL: ${address}`);
  world.files.write(ready, '', 0o600, uid);
  return world.start({ uid, argv: command, namespace: network.id, sockets: [] }).pid;
}

function failed(argv: readonly string[], message: string): LabnetError {
  return new LabnetError('failed', `${argv.join(' ')}\nended at once: ${message}`);
}
