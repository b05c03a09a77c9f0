import type { Roots } from '../../src/paths.ts';
import type { HostFacts } from '../../src/plan/facts.ts';

/** Where labnet lives on a memory host. */
export const roots: Roots = { state: '/var/lib/labnet', run: '/run/labnet', cache: '/var/cache/labnet' };

/** An ordinary host: one uplink, one resolver, no KVM. */
export const facts: HostFacts = {
  uplink: { name: 'eth0', gateway: '192.0.2.1', mtu: 1500 },
  ways: ['eth0'],
  sources: [],
  addresses: ['192.0.2.2'],
  localNetworks: ['192.0.2.0/24'],
  resolvers: ['192.0.2.53'],
  otherResolvers: [],
  hostId: '0123456789abcdef',
  cpus: 2,
  accelerator: 'tcg',
  pace: 1,
  ground: 'pc',
  uplinkProgram: null,
  mayPing: true,
  kvmGroup: null,
  privateTun: false,
  systemd: false,
  networkManager: false,
  docker: null,
  invoker: 1000,
  image: { name: 'debian-11', path: `${roots.state}/images/debian-11.qcow2` },
  program: ['/usr/bin/node', '/opt/labnet/dist/cli.js'],
};
