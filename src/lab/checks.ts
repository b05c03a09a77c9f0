/** What a lab file can get wrong as a whole: each part is right by itself. */
import { contains, isAddress, parseSubnet, toNumber } from './addressing.ts';
import { isInterfaceName, tapName } from './naming.ts';
import type { LabFile } from './schema.ts';

export interface Finding {
  readonly path: readonly PropertyKey[];
  /** Point at this key of the map at the path, instead of at its value. */
  readonly key?: string;
  readonly message: string;
  readonly hint?: string;
}

export function checkLab(file: LabFile): readonly Finding[] {
  return [
    ...checkAddresses(file),
    ...checkRoom(file),
    ...checkNames(file),
    ...checkTaps(file),
    ...checkCloudConfig(file),
    ...checkFiles(file),
  ];
}

function checkAddresses({ networks, vms }: LabFile): readonly Finding[] {
  const bridge = networks[0]?.address ?? '';
  const [own = ''] = bridge.split('/');
  const { network, last } = parseSubnet(bridge);
  const findings: Finding[] = [];
  const complain = (path: readonly PropertyKey[], message: string) => findings.push({ path, message });
  for (const [value, name] of [
    [network, 'network'],
    [last, 'broadcast'],
  ] as const) {
    if (toNumber(own) === value)
      complain(['networks', 0, 'address'], `${own} is the ${name} address of ${bridge}`);
  }
  const seen = new Map([[own, 'the bridge']]);
  for (const [name, vm] of Object.entries(vms)) {
    const { address } = vm ?? {};
    if (address === undefined || !isAddress(address)) continue;
    const path = ['vms', name, 'address'];
    const value = toNumber(address);
    if (!contains(bridge, address)) complain(path, `${address} lies outside ${bridge}`);
    else if (value === network) complain(path, `${address} is the network address of ${bridge}`);
    else if (value === last) complain(path, `${address} is the broadcast address of ${bridge}`);
    const holder = seen.get(address);
    if (holder !== undefined) complain(path, `${address} is ${holder}'s address already`);
    seen.set(address, name);
  }
  return findings;
}

function checkRoom({ networks, vms }: LabFile): readonly Finding[] {
  const address = networks[0]?.address ?? '';
  const { network, last } = parseSubnet(address);
  const room = last - network - 2;
  const count = Object.keys(vms).length;
  if (count <= room) return [];
  return [
    {
      path: ['networks', 0, 'address'],
      message: `${address} has room for ${room} VMs, the lab has ${count}`,
    },
  ];
}

/** Host names and MACs are known by all VMs alike. */
function checkNames({ vms }: LabFile): readonly Finding[] {
  const findings: Finding[] = [];
  const names = new Map<string, string>();
  const macs = new Map<string, string>();
  for (const [name, vm] of Object.entries(vms)) {
    const hostname = vm?.hostname ?? name;
    const mac = vm?.mac?.toLowerCase();
    const path = ['vms', name];
    const first = names.get(hostname);
    if (first !== undefined)
      findings.push({
        path: vm?.hostname === undefined ? ['vms'] : path,
        key: vm?.hostname === undefined ? name : 'hostname',
        message: `${hostname} is the host name of ${first} already`,
      });
    if (hostname === 'localhost')
      findings.push({
        path: vm?.hostname === undefined ? ['vms'] : path,
        key: vm?.hostname === undefined ? name : 'hostname',
        message: 'localhost names every computer itself',
      });
    names.set(hostname, name);
    const other = mac === undefined ? undefined : macs.get(mac);
    if (other !== undefined)
      findings.push({ path: [...path, 'mac'], message: `${mac} is the MAC address of ${other} already` });
    if (mac !== undefined) macs.set(mac, name);
  }
  return findings;
}

function checkTaps({ networks, vms }: LabFile): readonly Finding[] {
  const { name = '', taps = '' } = networks[0] ?? {};
  const all = Object.keys(vms).map((_, index) => tapName(taps, index));
  const findings: Finding[] = [];
  if (all.includes(name))
    findings.push({
      path: ['networks', 0, 'taps'],
      message: `the bridge and a tap would both be called ${name}`,
    });
  const long = all.find((tap) => !isInterfaceName(tap));
  if (long !== undefined)
    findings.push({
      path: ['networks', 0, 'taps'],
      message: `${long} is longer than an interface name may be (15)`,
    });
  return findings;
}

/** What labnet itself decides, and the key of the lab file that changes it. */
const decided: Readonly<Record<string, string>> = {
  network: 'networks and address',
  hostname: 'hostname',
  fqdn: 'hostname',
  preserve_hostname: 'hostname',
  manage_etc_hosts: 'hosts',
  ssh_keys: 'ssh_keys (host keys are made by labnet)',
  ssh_deletekeys: 'ssh_keys (host keys are made by labnet)',
  ssh_genkeytypes: 'ssh_keys (host keys are made by labnet)',
  users: 'user, password and ssh_keys',
  user: 'user, password and ssh_keys',
  password: 'password',
  chpasswd: 'password',
  manual_cache_clean: 'nothing: the disks must stay configured without the seed',
  final_message: 'nothing: it is how the VM says that it is ready',
};

function checkCloudConfig({ vms }: LabFile): readonly Finding[] {
  return Object.entries(vms).flatMap(([name, vm]) =>
    Object.keys(vm?.cloud_config ?? {}).flatMap((key): readonly Finding[] => {
      const instead = decided[key];
      if (instead === undefined) return [];
      return [
        {
          path: ['vms', name, 'cloud_config'],
          key,
          message: `cloud_config may not set "${key}"`,
          hint: `instead: ${instead}`,
        },
      ];
    }),
  );
}

/** Files that labnet writes itself. */
const own: Readonly<Record<string, string>> = {
  '/etc/hosts': 'hosts',
  '/etc/resolv.conf': 'networks: dns',
  '/etc/hostname': 'hostname',
};

function checkFiles({ vms }: LabFile): readonly Finding[] {
  return Object.entries(vms).flatMap(([name, vm]) =>
    (vm?.files ?? []).flatMap(({ path }, index): readonly Finding[] => {
      const key = own[path];
      if (key === undefined) return [];
      return [
        {
          path: ['vms', name, 'files', index, 'path'],
          message: `${path} is written by labnet`,
          hint: `instead: ${key}`,
        },
      ];
    }),
  );
}
