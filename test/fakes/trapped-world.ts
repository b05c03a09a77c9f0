/** A host that is not empty: whatever labnet touches besides its own shows as a difference. */
import { facts, roots } from './facts.ts';
import { print } from './nft-command.ts';
import { World } from './world.ts';

export function trappedWorld(): World {
  const world = new World();
  for (const path of ['/etc', '/tmp', '/run', '/run/NetworkManager', '/var/lib', `${roots.state}/images`]) {
    world.files.makeDirectory(path, 0o755);
  }
  world.files.write(facts.image?.path ?? '', 'base image', 0o444);
  bringUp(world);
  return world;
}

/** What this host itself sets up at each boot. */
export function bringUp(world: World): void {
  const root = world.namespaceAt(undefined);
  if (root === undefined) throw new Error('a world without a network');
  root.addLink({ name: 'eth0', up: true, addresses: ['192.0.2.7/24'], mac: '02:aa:00:00:00:01' });
  root.routes.push('default via 192.0.2.1');
  const other = root.addLink({
    name: 'eth1',
    up: true,
    addresses: ['203.0.113.7/24'],
    mac: '02:aa:00:00:00:02',
  });
  other.settings.forwarding = '1';
  root.all.accept_redirects = '0';
  root.dockerUser = ['-i br0 -j ACCEPT', '-j RETURN'];
  root.addLink({ name: 'virbr0', kind: 'bridge', up: true, addresses: ['192.168.122.1/24'] });
  root.addLink({ name: 'vnet0', kind: 'tun', up: true, master: 'virbr0', uid: 64_055 });
  root.tables.set(
    'inet libvirt',
    print('inet libvirt', 'of libvirt', '  chain forward {\n    iifname "virbr0" drop\n  }'),
  );
  world.start({
    uid: 64_055,
    argv: ['qemu-system-x86_64', '-uuid', 'another'],
    namespace: 'root',
    sockets: [],
  });
}

/** The host is switched off and on, and sets up what it sets up. */
export function reboot(world: World): void {
  world.reboot([roots.run, '/run/NetworkManager/conf.d'], bringUp);
}
