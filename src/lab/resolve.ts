import { hostAddresses, subnetOf } from './addressing.ts';
import type { Lab, Vm } from './lab.ts';
import { parseMemory, parseSize } from './quantity.ts';
import type { LabFile } from './schema.ts';

/** A checked file → Lab: addresses given out, defaults applied, sizes as numbers. */
export function resolveLab(file: LabFile, { sandbox }: { readonly sandbox: boolean }): Lab {
  const [network] = file.networks;
  if (network === undefined) throw new Error('a checked lab file has a network');
  const [address = '', prefix = ''] = network.address.split('/');
  const given = Object.values(file.vms).flatMap((vm) => (vm?.address === undefined ? [] : [vm.address]));
  const free = hostAddresses(subnetOf(address, Number(prefix)), new Set([address, ...given]));
  return {
    name: file.name,
    image: file.image,
    forwarding: file.host.forwarding,
    network: { ...network, address, prefix: Number(prefix) },
    vms: Object.entries(file.vms).map(([name, vm], index) => resolveVm(name, index, vm, file, free)),
    sandbox,
    probeTarget: file.verify.internet,
  };
}

function resolveVm(
  name: string,
  index: number,
  vm: LabFile['vms'][string],
  { defaults }: LabFile,
  free: Iterator<string>,
): Vm {
  const merged = { ...defaults, ...dropUndefined(vm ?? {}) };
  return {
    name,
    index,
    hostname: vm?.hostname ?? name,
    address: vm?.address ?? next(free),
    mac: vm?.mac?.toLowerCase(),
    cpus: merged.cpus,
    memory: parseMemory(merged.memory) ?? 0,
    disk: parseSize(merged.disk) ?? 0,
    nic: merged.nic,
    bus: merged.bus,
    user: merged.user,
    packages: vm?.packages ?? [],
    files: vm?.files ?? [],
    run: vm?.run ?? [],
    hosts: vm?.hosts ?? {},
    sshKeys: vm?.ssh_keys ?? [],
    password: vm?.password ?? undefined,
    cloudConfig: vm?.cloud_config ?? {},
  };
}

function next(free: Iterator<string>): string {
  const { value, done } = free.next();
  if (done === true) throw new Error('a checked lab file has room for its VMs');
  return value;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function dropUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<T>;
}
