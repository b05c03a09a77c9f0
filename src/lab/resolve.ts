import type { Lab, Network, Vm } from './lab.ts';
import { parseMemory, parseSize } from './quantity.ts';
import type { LabFile } from './schema.ts';

/** Makes a Lab of a checked file: defaults are applied, sizes turned into numbers. */
export function resolveLab(file: LabFile, { sandbox }: { readonly sandbox: boolean }): Lab {
  const [written] = file.networks;
  if (written === undefined) throw new Error('a checked lab file has a network');
  return {
    name: file.name,
    image: file.image,
    forwarding: file.host.forwarding,
    network: resolveNetwork(written),
    vms: Object.entries(file.vms).map(([name, vm]) => resolveVm(name, vm, file)),
    sandbox,
    probeTarget: file.verify.internet,
  };
}

function resolveNetwork({ host_ports: hostPorts, ...network }: LabFile['networks'][number]): Network {
  const [address = '', prefix = ''] = network.address.split('/');
  return { ...network, address, prefix: Number(prefix), hostPorts };
}

function resolveVm(name: string, vm: LabFile['vms'][string], { defaults }: LabFile): Vm {
  const merged = { ...defaults, ...dropUndefined(vm ?? {}) };
  return {
    name,
    hostname: vm?.hostname ?? name,
    address: vm?.address,
    mac: vm?.mac?.toLowerCase(),
    cpus: merged.cpus,
    memory: parseMemory(merged.memory) ?? 0,
    disk: parseSize(merged.disk) ?? 0,
    nic: merged.nic,
    bus: merged.bus,
    boot: merged.boot,
    user: merged.user,
    groups: [...new Set(merged.groups)],
    packages: vm?.packages ?? [],
    files: vm?.files ?? [],
    run: vm?.run ?? [],
    hosts: vm?.hosts ?? {},
    sshKeys: vm?.ssh_keys ?? [],
    password: vm?.password ?? undefined,
    cloudConfig: vm?.cloud_config ?? {},
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function dropUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<T>;
}
