import type { Vm } from '../lab/lab.ts';
import { deriveMac, vmUid, vmUuid } from '../lab/naming.ts';
import { vmPaths } from '../paths.ts';
import type { PlanContext, PlanInput } from './context.ts';
import type { Guest, HostEntry } from './plan.ts';
import { instanceIdOf, toldTo } from './seed.ts';

/** A VM with all that planning settles: MAC, uid, uuid, instance id, and the names it knows. */
export function guestOf(
  vm: Vm,
  { lab, facts, roots }: PlanInput,
  { network, namespace, mtu }: Pick<PlanContext, 'network' | 'namespace' | 'mtu'>,
): Guest {
  const mac = vm.mac ?? deriveMac(facts.hostId, lab.name, vm.name);
  const others = lab.vms.filter(({ name }) => name !== vm.name);
  const hosts: HostEntry[] = [
    ...others.map(({ hostname, address }) => ({ name: hostname, address })),
    ...Object.entries(vm.hosts).map(([name, address]) => ({ name, address })),
  ];
  return {
    name: vm.name,
    hostname: vm.hostname,
    address: vm.address,
    reach: {
      namespace,
      address: vm.address,
      channel: vmPaths(roots, lab.name, vm.name).channel,
    },
    mac,
    user: vm.user,
    instanceId: instanceIdOf(toldTo(vm, { mac, hosts }, { lab, facts, network, mtu })),
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
