/** A VM's seed: what it says, what of it the user asked for, and by which id cloud-init knows it. */
import { isIPv4 } from 'node:net';
import { hashToken, secretToken } from '../action/secrets.ts';
import type { Vm } from '../lab/lab.ts';
import { isPasswordHash } from '../lab/password.ts';
import { labPaths, vmPaths } from '../paths.ts';
import type { SeedSpec } from '../resource/seed.ts';
import { intendedSeed, renderSeed } from '../seed/seed.ts';
import type { SeedInput } from '../seed/seed-input.ts';
import { digestOfData, shortDigest } from '../text/canonical.ts';
import { guestFor, type PlanContext } from './context.ts';
import type { Guest, PlannedNetwork } from './plan.ts';

/** What a seed says, but for keys, passwords and its own id. */
export type Told = Omit<
  SeedInput,
  'instanceId' | 'clientKey' | 'hostKeyPrivate' | 'hostKeyPublic' | 'passwordHash'
>;

/** What the seed of a VM says, where its addresses and the other names are settled. */
export function toldTo(
  vm: Vm,
  { address, mac, hosts }: Pick<Guest, 'address' | 'mac' | 'hosts'>,
  { lab, facts, network, mtu }: Pick<PlanContext, 'lab' | 'facts' | 'network' | 'mtu'>,
): Told {
  const nameservers = network.resolvers.filter((one) => isIPv4(one));
  return {
    ...{ vm, lab, address, mac, hosts, byMac: facts.image?.foreign === true, nameservers, mtu },
    ...(network.byTcp && { byTcp: network.byTcp }),
  };
}

export function seedSpec(vm: Vm, context: PlanContext): SeedSpec {
  const { lab, roots, date } = context;
  const guest = guestFor(vm, context);
  const paths = vmPaths(roots, lab.name, vm.name);
  const told = toldTo(vm, guest, context);
  return {
    kind: 'seed',
    id: `seed:${vm.name}`,
    vm: vm.name,
    path: paths.seed,
    sources: paths.seedSources,
    files: renderSeed({
      ...told,
      instanceId: guest.instanceId,
      clientKey: secretToken(`${labPaths(roots, lab.name).clientKey}.pub`),
      // sshd refuses a private key file whose last line does not end.
      hostKeyPrivate: `${secretToken(paths.hostKey)}\n`,
      hostKeyPublic: secretToken(`${paths.hostKey}.pub`),
      // Salt need not be secret, only another one in each VM.
      passwordHash: isPasswordHash(vm.password ?? '')
        ? secretToken(paths.password)
        : hashToken(paths.password, guest.uuid.replaceAll('-', '').slice(-16)),
    }),
    uid: guest.uid,
    date,
    asked: digestOfData(asked(told)),
    formerId: formerId(told, guest, context.network),
  };
}

/**
 * Names what the seed says: cloud-init does its work once per id, so a seed that says something else needs another id,
 * and one that says the same in other words the same. Keys and passwords are each lab's own and no part of it.
 */
export function instanceIdOf(told: Told): string {
  const nobodys = { clientKey: '', hostKeyPrivate: '', hostKeyPublic: '', passwordHash: '' };
  const said = intendedSeed({ ...told, ...nobodys, instanceId: 'id' });
  return `${told.lab.name}-${told.vm.name}-${digestOfData(said)}`;
}

/**
 * What of a seed the user asked for. A key of the lab file that is not given, or gives the default, is no part of it: a
 * labnet that knows more keys still knows the lab.
 */
function asked({ vm, lab, address, nameservers, byTcp, mtu, mac, hosts }: Told) {
  const given = (list: readonly unknown[]) => (list.length > 0 ? list : undefined);
  return {
    hostname: vm.hostname,
    address: `${address}/${lab.network.prefix}`,
    gateway: lab.network.address,
    nameservers,
    byTcp,
    mtu,
    mac: mac.toLowerCase(),
    hosts: hosts.map((one) => `${one.address} ${one.name}`),
    user: vm.user,
    groups: given(vm.groups),
    packages: given(vm.packages),
    files: given(vm.files),
    run: given(vm.run),
    sshKeys: given(vm.sshKeys),
    cloudConfig: Object.keys(vm.cloudConfig).length > 0 ? vm.cloudConfig : undefined,
  };
}

/**
 * The id that a labnet before 0.3 gave: a digest of these keys of a VM, in this order, and of the network. It is how a seed of
 * then is known to be what the user asks for now.
 */
function formerId(
  { vm, lab, mac, hosts, mtu }: Told,
  guest: Guest,
  { address, prefix, resolvers }: PlannedNetwork,
) {
  const known = {
    name: vm.name,
    index: guest.number,
    hostname: vm.hostname,
    address: guest.address,
    mac: vm.mac,
    cpus: vm.cpus,
    memory: vm.memory,
    disk: vm.disk,
    nic: vm.nic,
    bus: vm.bus,
    boot: vm.boot,
    user: vm.user,
    groups: vm.groups.length > 0 ? vm.groups : undefined,
    packages: vm.packages,
    files: vm.files,
    run: vm.run,
    hosts: vm.hosts,
    sshKeys: vm.sshKeys,
    cloudConfig: vm.cloudConfig,
  };
  const text = JSON.stringify({ vm: known, mac, hosts, network: { address, prefix, resolvers, mtu } });
  return `${lab.name}-${vm.name}-${shortDigest(text)}`;
}
