/** The network of a lab against itself: addresses, room, names of links. */
import { contains, isForComputers, isLinkLocal, parseSubnet, toNumber } from './addressing.ts';
import type { Network } from './lab.ts';
import type { Mistake } from './mistake.ts';
import { tapName } from './naming.ts';
import type { LabFile } from './schema.ts';

/** Checks the bridge's address, its resolvers, the VMs' addresses, and whether there are enough. */
export function checkAddresses(file: LabFile): readonly Mistake[] {
  return [...checkBridge(file), ...checkVms(file), ...checkRoom(file)];
}

function bridgeOf({ networks }: LabFile) {
  const cidr = networks[0]?.address ?? '';
  const [address = ''] = cidr.split('/');
  return { cidr, address, ...parseSubnet(cidr) };
}

function checkBridge(file: LabFile): readonly Mistake[] {
  const { cidr, address, network, last } = bridgeOf(file);
  const value = toNumber(address);
  const mistakes: Mistake[] = [];
  const kind = value === network ? 'network' : value === last ? 'broadcast' : undefined;
  if (kind !== undefined)
    mistakes.push({
      path: ['networks', 0, 'address'],
      message: `${address} is the ${kind} address of ${cidr}`,
    });
  const dns = file.networks[0]?.dns ?? 'auto';
  for (const [index, resolver] of (dns === 'auto' ? [] : dns).entries()) {
    if (!isForComputers(resolver) && !isLinkLocal(resolver))
      mistakes.push({
        path: ['networks', 0, 'dns', index],
        message: `${resolver} is no resolver that a VM could reach`,
        hint: resolver.startsWith('127.')
          ? 'an address in 127/8 would be the VM itself'
          : 'a VM reaches computers by the host: 0/8, and all from 224 on, are no addresses of such',
      });
  }
  return mistakes;
}

function checkVms(file: LabFile): readonly Mistake[] {
  const { cidr, address: own, network, last } = bridgeOf(file);
  const holders = new Map([[own, 'the bridge']]);
  return Object.entries(file.vms).flatMap(([name, vm]): readonly Mistake[] => {
    const { address } = vm ?? {};
    if (address === undefined) return [];
    const path = ['vms', name, 'address'];
    const value = toNumber(address);
    const holder = holders.get(address);
    if (holder !== undefined) return [{ path, message: `${address} is ${holder}'s address already` }];
    holders.set(address, name);
    if (!contains(cidr, address)) return [{ path, message: `${address} lies outside ${cidr}` }];
    if (value === network) return [{ path, message: `${address} is the network address of ${cidr}` }];
    if (value === last) return [{ path, message: `${address} is the broadcast address of ${cidr}` }];
    return [];
  });
}

function checkRoom(file: LabFile): readonly Mistake[] {
  const { cidr, network, last } = bridgeOf(file);
  const room = last - network - 2;
  const count = Object.keys(file.vms).length;
  if (count <= room) return [];
  const message = `${cidr} has room for ${room} ${room === 1 ? 'VM' : 'VMs'}, the lab has ${count}`;
  return [{ path: ['networks', 0, 'address'], message }];
}

/** Checks the names of bridge, taps and uplink against each other, for a lab that is new. */
export function checkLinks({ networks, vms }: LabFile): readonly Mistake[] {
  const { name = '', taps = '', uplink = 'auto' } = networks[0] ?? {};
  const clashes = linkClashes({ name, taps, uplink }, [...Object.keys(vms).keys()]);
  return clashes.map(({ key, message }) => ({ path: ['networks', 0, key], message }));
}

/** What of a network is called as another link of it, each with its key, where the VMs have these numbers. */
export function linkClashes(
  { name: bridge, taps, uplink }: Pick<Network, 'name' | 'taps' | 'uplink'>,
  numbers: readonly number[],
): readonly { readonly key: string; readonly message: string }[] {
  const all = numbers.map((number) => tapName(taps, number));
  return [
    ...(all.includes(bridge)
      ? [{ key: 'taps', message: `the bridge and a tap would both be called ${bridge}` }]
      : []),
    ...(uplink === bridge
      ? [{ key: 'uplink', message: `${uplink} is the bridge of this lab, so no way out of it` }]
      : []),
    ...(all.includes(uplink)
      ? [{ key: 'uplink', message: `${uplink} is a tap of this lab, so no way out of it` }]
      : []),
  ];
}
