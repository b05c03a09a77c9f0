/** What labnet writes into a guest itself, so that neither `files` nor `cloud_config` may. */
import { posix } from 'node:path';

const hostKeys = 'nothing: labnet makes the host keys, so that ssh knows them from the first connection';
const users = 'user, groups, password and ssh_keys';
const keysOfUser = 'ssh_keys, for those who may enter as user';
const root = 'user, who has sudo; files, for /root/.ssh/authorized_keys';
const network = 'address, and networks';
const dns = 'dns, under networks';
const seedless = 'nothing: the disks must stay configured without the seed';
const reach = 'nothing: it is how labnet enters the VM when its network is down';
const readiness = 'nothing: it is how labnet sees that the VM is ready';

/** Keys of cloud-config that follow from the rest of the lab file, and what to use instead. */
const keys: ReadonlyMap<string, string> = new Map([
  ['network', network],
  ['updates', network],
  ['hostname', 'hostname'],
  ['fqdn', 'hostname'],
  ['preserve_hostname', 'hostname'],
  ['prefer_fqdn_over_hostname', 'hostname'],
  ['create_hostname_file', 'hostname'],
  ['manage_etc_hosts', 'hosts'],
  ['manage_resolv_conf', dns],
  ['manage-resolv-conf', dns],
  ['resolv_conf', dns],
  ['users', users],
  ['user', users],
  ['password', users],
  ['chpasswd', users],
  // These have no effect in a lab: cloud-init gives them to its default user, whom no lab has.
  ['ssh_authorized_keys', keysOfUser],
  ['ssh_import_id', keysOfUser],
  ['allow_public_ssh_keys', keysOfUser],
  ['disable_root', root],
  ['disable_root_opts', root],
  // cloud-init takes this from the image alone.
  ['system_info', users],
  ['ssh_keys', hostKeys],
  ['ssh_deletekeys', hostKeys],
  ['ssh_genkeytypes', hostKeys],
  ['manual_cache_clean', seedless],
  ['datasource', seedless],
  ['datasource_list', seedless],
  ['final_message', readiness],
  ['output', readiness],
  ['cloud_init_modules', readiness],
  ['cloud_config_modules', readiness],
  ['cloud_final_modules', readiness],
]);

/** What to use instead of a key of cloud-config; undefined when the key is free. */
export function insteadOfKey(key: string): string | undefined {
  return keys.get(key);
}

const paths: readonly (readonly [RegExp, string])[] = [
  [/^\/etc\/hosts$/, 'hosts'],
  [/^\/etc\/hostname$/, 'hostname'],
  [/^\/etc\/resolv\.conf$/, dns],
  [/^\/etc\/network\/interfaces(\.d(\/.*)?)?$/, network],
  [/^\/etc\/ssh\/ssh_host_[^/]*$/, hostKeys],
  // labnet's own key stands in it.
  [/^\/home\/[^/]+\/\.ssh\/authorized_keys2?$/, 'ssh_keys'],
  [/^\/etc\/cloud\/cloud\.cfg\.d\/99-labnet\.cfg$/, seedless],
  [/^\/var\/lib\/labnet(\/.*)?$/, 'run'],
  [/^\/var\/lib\/cloud\/scripts\/per-boot\/labnet-(?:first-boot|channel)$/, 'run'],
  [/^\/etc\/systemd\/system\/labnet-reach\.service$/, reach],
  [/^\/etc\/udev\/rules\.d\/41-labnet-reach\.rules$/, reach],
  [/^\/var\/lib\/cloud\/instances?(\/.*)?$/, seedless],
];

/** Where a path leads when cloud-init writes it: a relative one starts at /, where cloud-init runs. */
export function resolvedPath(path: string): string {
  return posix.resolve('/', path);
}

/** What to use instead of a file at a path; undefined when the path is free. */
export function insteadOfFile(path: string): string | undefined {
  const resolved = resolvedPath(path);
  return paths.find(([pattern]) => pattern.test(resolved))?.[1];
}

/** Names that stand in every guest's /etc/hosts: no VM and no line of `hosts` can have them. */
export const localNames: ReadonlySet<string> = new Set([
  'localhost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-allnodes',
  'ip6-allrouters',
]);
