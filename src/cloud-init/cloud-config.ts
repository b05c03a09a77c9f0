/** The user's own cloud-config, put over labnet's: lists are appended, other values win, labnet's promises stay. */
import { posix } from 'node:path';
import { LabnetError } from '../errors.ts';
import { isMap, plainCopy } from './lab-text.ts';

export type CloudConfig = Readonly<Record<string, unknown>>;

/** Keys that labnet sets from the rest of the lab file, or relies on; with what to use instead. */
const kept: ReadonlyMap<string, string> = new Map([
  ...['hostname', 'fqdn', 'preserve_hostname', 'prefer_fqdn_over_hostname', 'create_hostname_file'].map(
    (key) => [key, "set the VM's hostname in the lab file"] as const,
  ),
  ['users', "set the VM's user and ssh_keys in the lab file"],
  ['network', 'set addresses under network in the lab file'],
  ['manage_etc_hosts', "add names under the VM's hosts in the lab file"],
  ['manage_resolv_conf', 'set dns under network in the lab file'],
  ['resolv_conf', 'set dns under network in the lab file'],
  ...['ssh_keys', 'ssh_deletekeys', 'ssh_genkeytypes'].map(
    (key) => [key, 'labnet makes the host keys, so that ssh knows them from the first connection'] as const,
  ),
  ...['manual_cache_clean', 'datasource', 'datasource_list'].map(
    (key) => [key, 'labnet needs it to keep the VM configured without its seed'] as const,
  ),
  ...['final_message', 'output', 'cloud_init_modules', 'cloud_config_modules', 'cloud_final_modules'].map(
    (key) => [key, 'labnet needs it to see when the VM is ready'] as const,
  ),
]);

/** Files that labnet writes, or that decide what the network looks like. */
const keptPaths = [
  /^\/etc\/(hosts|hostname|resolv\.conf)$/,
  /^\/etc\/network\/interfaces(\.d\/.*)?$/,
  /^\/etc\/ssh\/ssh_host_[^/]*$/,
  /^\/etc\/cloud\/cloud\.cfg\.d\/99-labnet\.cfg$/,
  /^\/var\/lib\/cloud\/instances?\//,
];

/** @throws LabnetError usage when a file of the user's would replace one of labnet's. */
export function checkPath(path: string, where: string): void {
  // cloud-init makes a relative path absolute from /, where it runs.
  const resolved = posix.resolve('/', path);
  if (!keptPaths.some((pattern) => pattern.test(resolved))) return;
  throw new LabnetError('usage', `${where} cannot write ${resolved}: labnet writes it`, {
    hint: 'set hostname, hosts, addresses and dns in the lab file',
  });
}

/** The lists that are appended to; all other values win over labnet's. */
const lists = ['write_files', 'packages', 'runcmd'];

/**
 * Puts `theirs` over `ours`. The result is plain JSON data.
 *
 * @throws LabnetError usage naming the key that cannot be set, or that has another type than labnet's.
 */
export function overlay(ours: CloudConfig, theirs: CloudConfig): CloudConfig {
  const added = Object.entries(plainMap(theirs)).map(([key, value]) => {
    const where = `cloud_config.${key}`;
    const reason = kept.get(key);
    if (reason !== undefined) throw new LabnetError('usage', `${where} cannot be set: ${reason}`);
    if (value === null) throw new LabnetError('usage', `${where} has no value`);
    return [key, lists.includes(key) ? appended(ours[key], value, where) : value] as const;
  });
  return { ...ours, ...Object.fromEntries(added) };
}

function plainMap(value: CloudConfig): CloudConfig {
  const copy = plainCopy(value, 'cloud_config');
  return isMap(copy) ? copy : {};
}

function appended(own: unknown, value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value) || value.includes(null)) {
    throw new LabnetError('usage', `${where} must be a list without empty items`);
  }
  if (where === 'cloud_config.write_files') value.forEach(checkFile);
  return Array.isArray(own) ? [...own, ...value] : value;
}

function checkFile(file: unknown, index: number): void {
  const where = `cloud_config.write_files[${index}]`;
  if (!isMap(file) || typeof file.path !== 'string') {
    throw new LabnetError('usage', `${where} must be a map with a path`);
  }
  checkPath(file.path, where);
}
