import { hostAddresses, subnetOf } from './addressing.ts';
import type { Lab, Network, Vm } from './lab.ts';
import { parseMemory, parseSize } from './quantity.ts';
import type { LabFile } from './schema.ts';

/** Makes a Lab of a checked file: addresses are given out, defaults applied, sizes turned into numbers. */
export function resolveLab(file: LabFile, { sandbox }: { readonly sandbox: boolean }): Lab {
  const [written] = file.networks;
  if (written === undefined) throw new Error('a checked lab file has a network');
  const network = resolveNetwork(written);
  const addresses = addressesOf(file, network.address, subnetOf(network.address, network.prefix));
  return {
    name: file.name,
    image: file.image,
    forwarding: file.host.forwarding,
    network,
    vms: Object.entries(file.vms).map(([name, vm], index) =>
      resolveVm(name, index, vm, addresses[index], file),
    ),
    sandbox,
    probeTarget: file.verify.internet,
  };
}

/**
 * The addresses of the VMs, in their order. VM number N gets the N-th host address that is not the bridge's, unless
 * another VM asks for it: then the first that nobody has. So a VM keeps its address whatever the others say, as long as
 * it can.
 */
function addressesOf({ vms }: LabFile, bridge: string, subnet: string): readonly string[] {
  const wanted = Object.values(vms).map((vm) => vm?.address);
  const given = new Set(wanted.filter((one) => one !== undefined));
  const inTurn = hostAddresses(subnet, new Set([bridge]));
  const own = wanted.map((one) => {
    const turn = inTurn.next().value;
    return one ?? (turn !== undefined && given.has(turn) ? undefined : turn);
  });
  const free = hostAddresses(subnet, new Set([bridge, ...own.filter((one) => one !== undefined)]));
  return own.flatMap((one) => one ?? free.next().value ?? []);
}

function resolveNetwork({ host_ports: hostPorts, ...network }: LabFile['networks'][number]): Network {
  const [address = '', prefix = ''] = network.address.split('/');
  return { ...network, address, prefix: Number(prefix), hostPorts };
}

function resolveVm(
  name: string,
  index: number,
  vm: LabFile['vms'][string],
  address: string | undefined,
  { defaults }: LabFile,
): Vm {
  if (address === undefined) throw new Error('a checked lab file has room for its VMs');
  const merged = { ...defaults, ...dropUndefined(vm ?? {}) };
  return {
    name,
    index,
    hostname: vm?.hostname ?? name,
    address,
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
