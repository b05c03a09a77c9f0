/** What others do to a host with a lab on it, and what labnet must say of it. */
import type { Plan } from '../../src/plan/plan.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { writeSetting } from './network-settings.ts';
import type { MemoryProcess, World } from './world.ts';

export interface Interference {
  readonly title: string;
  readonly deed: (world: World, plan: Plan) => void;
  /** Told of the lab's first VM, tap0 and br0, by resource. */
  readonly seen: readonly RegExp[];
}

/** Each can be repaired. */
export const interferences: readonly Interference[] = [
  {
    title: 'the firewall service flushes the ruleset and loads its own',
    deed: (world, plan) => {
      const { tables } = networkOf(world, plan);
      for (const name of [...tables.keys()]) if (name.includes('labnet_')) tables.delete(name);
    },
    seen: [/^firewall:labnet_lab: absent$/, /^anti-spoof:vm1: absent$/],
  },
  {
    title: "the lab's table is deleted",
    deed: (world, plan) => networkOf(world, plan).tables.delete('inet labnet_lab'),
    seen: [/^firewall:labnet_lab: absent$/],
  },
  {
    title: "ip_forward is turned on and off, and the administrator's settings are loaded",
    deed: (world, plan) => {
      const network = networkOf(world, plan);
      for (const value of ['1', '0']) writeSetting('net.ipv4.ip_forward', value, network);
      if (plan.namespace !== undefined) return;
      writeSetting('net.ipv4.conf.all.accept_redirects', '0', network);
      writeSetting('net.ipv4.conf.eth1.forwarding', '1', network);
    },
    seen: [
      /^bridge:br0: net\.ipv4\.conf\.br0\.forwarding is 0, not 1$/,
      /^forwarding:uplink: .*(ip_forward|eth0\.forwarding) is 0, not 1$/,
    ],
  },
  {
    title: 'a tap leaves the bridge',
    deed: (world, plan) => {
      linkOf('tap0', world, plan).master = undefined;
    },
    seen: [/^tap:vm1: tap0 is not plugged into br0$/],
  },
  {
    title: 'the bridge loses its address',
    deed: (world, plan) => {
      linkOf('br0', world, plan).addresses.length = 0;
    },
    seen: [/^bridge:br0: br0 lacks the address 192\.168\.6\.10\/24$/],
  },
  {
    title: 'the bridge is down',
    deed: (world, plan) => {
      linkOf('br0', world, plan).up = false;
    },
    seen: [/^bridge:br0: br0 is down$/],
  },
  {
    title: 'the bridge is deleted',
    deed: (world, plan) => world.removeLink(networkOf(world, plan), 'br0'),
    seen: [/^bridge:br0: absent$/, /^tap:vm1: tap0 is not plugged into br0$/],
  },
  {
    title: 'a tap is deleted',
    deed: (world, plan) => world.removeLink(networkOf(world, plan), 'tap0'),
    seen: [/^tap:vm1: absent$/, /^machine:vm1: QEMU has lost the VM's network cable tap0$/],
  },
  {
    title: 'QEMU is killed',
    deed: (world, plan) => world.end(qemuOf(world, plan).pid, false),
    seen: [/^machine:vm1: absent$/],
  },
  {
    title: 'the VM is paused',
    deed: (world, plan) => {
      qemuOf(world, plan).status = 'paused';
    },
    seen: [/^machine:vm1: QEMU does not run the VM: paused$/],
  },
  {
    title: 'a run that was keeping the VM was killed',
    deed: (world, plan) => {
      qemuOf(world, plan).status = 'postmigrate';
    },
    seen: [/^machine:vm1: QEMU does not run the VM: postmigrate$/],
  },
];

export function networkOf(world: World, { namespace }: Plan): NetworkNamespace {
  const found = world.namespaceAt(namespace);
  if (found === undefined) throw new Error('the lab has no network');
  return found;
}

export function linkOf(name: string, world: World, plan: Plan) {
  const link = networkOf(world, plan).links.get(name);
  if (link === undefined) throw new Error(`no link ${name}`);
  return link;
}

/** QEMU of the lab's first VM. */
export function qemuOf(world: World, { guests }: Plan): MemoryProcess {
  const found = [...world.processes.values()].find(({ argv }) => argv.includes(guests[0]?.uuid ?? ''));
  if (found === undefined) throw new Error('no QEMU');
  return found;
}
