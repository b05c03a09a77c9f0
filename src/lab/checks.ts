/** What a lab file can get wrong as a whole: each part is right by itself. */
import { checkCloudConfig } from './cloud-config-checks.ts';
import { checkMemory } from './least-memory.ts';
import type { Mistake } from './mistake.ts';
import { checkAddresses, checkLinks } from './network-checks.ts';
import { insteadOfFile, localNames } from './reserved.ts';
import type { LabFile } from './schema.ts';

/** What of a lab file can be checked as a whole while some of its parts are wrong. */
export interface CheckOptions {
  /**
   * Whether addresses can be checked: not when the bridge's is wrong already, since the VMs' cannot be measured against
   * it.
   */
  readonly addresses: boolean;
  /**
   * Whether links can be checked: not when anything of the network is wrong already, since its links may have other
   * names.
   */
  readonly links: boolean;
}

/** Finds what is wrong with a lab file as a whole, where each part is right by itself. */
export function checkLab(file: LabFile, options: CheckOptions): readonly Mistake[] {
  return [
    ...(options.addresses ? checkAddresses(file) : []),
    ...(options.links ? checkLinks(file) : []),
    ...checkMemory(file),
    ...checkMacs(file),
    ...checkHostnames(file),
    ...checkHosts(file),
    ...checkCloudConfig(file),
    ...checkFiles(file),
  ];
}

function checkMacs({ vms }: LabFile): readonly Mistake[] {
  const holders = new Map<string, string>();
  return Object.entries(vms).flatMap(([name, vm]): readonly Mistake[] => {
    const mac = vm?.mac?.toLowerCase();
    if (mac === undefined) return [];
    const holder = holders.get(mac);
    if (holder === undefined) holders.set(mac, name);
    else return [{ path: ['vms', name, 'mac'], message: `${mac} is the MAC address of ${holder} already` }];
    return [];
  });
}

function checkHostnames({ vms }: LabFile): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const holders = new Map<string, string>();
  for (const [name, vm] of Object.entries(vms)) {
    const hostname = vm?.hostname ?? name;
    const place =
      vm?.hostname === undefined ? { path: ['vms'], key: name } : { path: ['vms', name, 'hostname'] };
    const holder = holders.get(hostname);
    if (holder === undefined) holders.set(hostname, name);
    else mistakes.push({ ...place, message: `${hostname} is the host name of ${holder} already` });
    if (localNames.has(hostname))
      mistakes.push({ ...place, message: `${hostname} names every computer itself` });
  }
  return mistakes;
}

/**
 * Finds names under `hosts` that are taken: of a name that has two addresses in /etc/hosts, one would silently have no
 * effect.
 */
function checkHosts({ vms }: LabFile): readonly Mistake[] {
  const holders = new Map(Object.entries(vms).map(([name, vm]) => [vm?.hostname ?? name, name]));
  return Object.entries(vms).flatMap(([name, vm]) =>
    Object.keys(vm?.hosts ?? {}).flatMap((host): readonly Mistake[] => {
      const place = { path: ['vms', name, 'hosts'], key: host };
      if (localNames.has(host)) return [{ ...place, message: `${host} names every computer itself` }];
      const holder = holders.get(host);
      if (holder === undefined) return [];
      const message = `${host} is the host name of ${holder} already`;
      return [{ ...place, message, hint: 'the VMs of a lab know each other by name' }];
    }),
  );
}

function checkFiles({ vms }: LabFile): readonly Mistake[] {
  return Object.entries(vms).flatMap(([name, vm]) => {
    const seen = new Set<string>();
    return (vm?.files ?? []).flatMap(({ path }, index): readonly Mistake[] => {
      const where = { path: ['vms', name, 'files', index, 'path'] };
      const instead = insteadOfFile(path);
      if (instead !== undefined)
        return [{ ...where, message: `${path} is written by labnet`, hint: `instead: ${instead}` }];
      if (seen.has(path)) return [{ ...where, message: `${path} is written twice` }];
      seen.add(path);
      return [];
    });
  });
}
