import { createHash } from 'node:crypto';
import type { Lab, Vm } from '../lab/lab.ts';
import { deriveMac, vmUid, vmUuid } from '../lab/naming.ts';
import type { HostFacts } from './facts.ts';
import type { Guest, HostEntry, PlannedNetwork } from './plan.ts';

/** A VM with all that planning settles: MAC, uid, uuid, instance id, and the names it knows. */
export function guestOf(vm: Vm, lab: Lab, facts: HostFacts, network: PlannedNetwork, mtu: number): Guest {
  const mac = vm.mac ?? deriveMac(facts.hostId, lab.name, vm.name);
  const others = lab.vms.filter(({ name }) => name !== vm.name);
  const hosts: HostEntry[] = [
    ...others.map(({ hostname, address }) => ({ name: hostname, address })),
    ...Object.entries(vm.hosts).map(([name, address]) => ({ name, address })),
  ];
  const { address, prefix, resolvers } = network;
  // By which uplink the host reaches the outside is no business of the guest's.
  const told = { address, prefix, resolvers, mtu };
  return {
    name: vm.name,
    hostname: vm.hostname,
    address: vm.address,
    mac,
    user: vm.user,
    instanceId: `${lab.name}-${vm.name}-${digest({ vm: named(vm), mac, hosts, network: told })}`,
    hosts,
    cpus: vm.cpus,
    memory: vm.memory,
    uid: vmUid(lab.name, vm.index),
    uuid: vmUuid(facts.hostId, lab.name, vm.name),
    accelerator: facts.accelerator,
    run: vm.run,
    mayLeave: vm.run.length > 0 || Object.keys(vm.cloudConfig).length > 0,
  };
}

/** A VM without groups has the id that it had before there were any. */
function named(vm: Vm) {
  return { ...vm, password: undefined, groups: vm.groups.length > 0 ? vm.groups : undefined };
}

/**
 * Names what the seed says, the password apart: cloud-init applies a seed once per instance id, so a changed seed
 * needs another id, and an unchanged one the same.
 */
function digest(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
}
