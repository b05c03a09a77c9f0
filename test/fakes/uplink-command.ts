/** pasta(1), as labnet starts it on a user's own host: it makes its link, and goes to the background. */
import type { Output } from '../../src/host/host.ts';
import { done, refuses, unknown } from './answer.ts';
import type { World } from './world.ts';

export function uplinkCommand(argv: readonly string[], world: World): Output {
  const [path, ...command] = argv.slice(2);
  if (command[0] !== 'pasta' || command.at(-1) !== '--netns') return unknown(argv);
  const network = path === undefined ? undefined : world.namespaceAt(path);
  if (network === undefined) return refuses(1, `${path} cannot be entered`);
  const name = command[command.indexOf('--ns-ifname') + 1] ?? '';
  if (network.links.has(name)) return refuses(1, `Failed to set up tap device in namespace: ${name}`);
  const link = network.addLink({ name, kind: 'tun', mtu: Number(command[command.indexOf('--mtu') + 1]) });
  link.up = true;
  link.addresses.push('198.51.100.2/24');
  link.holder = world.start({
    uid: 0,
    argv: [...command, '/proc/1/ns/net'],
    namespace: network.id,
    sockets: [],
  }).pid;
  return done;
}
