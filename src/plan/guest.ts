import { uidOn } from '../ground-kind.ts';
import type { Vm } from '../lab/lab.ts';
import { deriveMac, vmUid, vmUuid } from '../lab/naming.ts';
import { vmPaths } from '../paths.ts';
import type { PlanContext } from './context.ts';
import type { Seat } from './numbers.ts';
import type { Guest, HostEntry } from './plan.ts';
import { instanceIdOf, toldTo } from './seed.ts';

/** A VM with all that planning settles: number, address, MAC, uid, uuid, instance id, and the names it knows. */
export function guestOf(
  vm: Vm,
  seatOf: (vm: Vm) => Seat,
  context: Pick<PlanContext, 'lab' | 'facts' | 'roots' | 'network' | 'namespace' | 'mtu'>,
): Guest {
  const { lab, facts, roots, namespace } = context;
  const { number, address } = seatOf(vm);
  const mac = vm.mac ?? deriveMac(facts.hostId, lab.name, vm.name);
  const others = lab.vms.filter(({ name }) => name !== vm.name);
  const hosts: HostEntry[] = [
    ...others.map((other) => ({ name: other.hostname, address: seatOf(other).address })),
    ...Object.entries(vm.hosts).map(([name, of]) => ({ name, address: of })),
  ];
  return {
    name: vm.name,
    number,
    hostname: vm.hostname,
    address,
    reach: { namespace, address, channel: vmPaths(roots, lab.name, vm.name).channel },
    mac,
    user: vm.user,
    instanceId: instanceIdOf(toldTo(vm, { address, mac, hosts }, context)),
    hosts,
    cpus: vm.cpus,
    memory: vm.memory,
    uid: uidOn(facts.ground, vmUid(lab.name, number)),
    uuid: vmUuid(facts.hostId, lab.name, vm.name),
    accelerator: facts.accelerator,
    run: vm.run,
    mayLeave: vm.run.length > 0 || Object.keys(vm.cloudConfig).length > 0,
  };
}
