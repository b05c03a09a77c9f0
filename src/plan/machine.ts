import { dirname } from 'node:path';
import type { Vm } from '../lab/lab.ts';
import { tapName } from '../lab/naming.ts';
import { vmPaths } from '../paths.ts';
import { crowdOf } from '../qemu/machine-command.ts';
import { type MachineSpec, viewOf } from '../resource/machine.ts';
import { guestFor, type PlanContext } from './context.ts';
import { directBoot } from './direct-boot.ts';
import { backingOf } from './disks.ts';
import { scopeOf } from './scope.ts';

/** A VM is not told of the others: only whether they leave it fewer CPUs than it has. */
function crowd({ cpus }: Vm, { lab, facts }: PlanContext): Pick<MachineSpec['command'], 'crowded'> {
  const all = lab.vms.reduce((sum, vm) => sum + vm.cpus, 0);
  const crowded = crowdOf(cpus, all, facts.cpus);
  return crowded === undefined ? {} : { crowded };
}

export function machineSpec(vm: Vm, context: PlanContext): MachineSpec {
  const { lab, facts, roots, namespace } = context;
  const guest = guestFor(vm, context);
  const paths = vmPaths(roots, lab.name, vm.name);
  const command: MachineSpec['command'] = {
    name: `labnet-${lab.name}-${vm.name}`,
    uuid: guest.uuid,
    cpus: vm.cpus,
    memory: vm.memory,
    accelerator: facts.accelerator,
    nic: vm.nic,
    bus: vm.bus,
    mac: guest.mac,
    tap: tapName(lab.network.taps, guest.number),
    disk: paths.disk,
    seed: paths.seed,
    qmp: paths.qmp,
    console: paths.console,
    channel: paths.channel,
    consoleLog: paths.consoleLog,
    direct: directBoot(vm, context),
    ...crowd(vm, context),
  };
  return {
    kind: 'machine',
    id: `machine:${vm.name}`,
    vm: vm.name,
    uid: guest.uid,
    kvmGroup: facts.accelerator === 'kvm' ? (facts.kvmGroup ?? undefined) : undefined,
    command,
    log: paths.qemuLog,
    view: viewOf(command, paths.view, dirname(backingOf(context)), facts.privateTun),
    namespace,
    ...scopeOf(vm.name, lab.name, facts),
  };
}
