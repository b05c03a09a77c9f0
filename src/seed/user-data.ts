/** The cloud-config of a VM: what cloud-init is to do, as plain data. */
import { baseGroups } from '../lab/base-accounts.ts';
import { type CloudConfig, overlay } from './cloud-config.ts';
import { firstBootFiles } from './first-boot.ts';
import {
  cpuRuleFile,
  hostsFile,
  languageFile,
  laterBootsFiles,
  linkNameFile,
  passwordLoginFile,
  resolverFile,
  userFiles,
} from './guest-files.ts';
import { checkText } from './lab-text.ts';
import { reachFiles } from './reach-files.ts';
import type { SeedInput } from './seed-input.ts';
import { withSpecialBits } from './special-bits.ts';

/**
 * The modules of the first stage, before sshd starts. labnet names them in every seed, since the order of the images
 * is wrong for us: they write files before they make users, and a file in the user's home then makes the home root's.
 */
const initModules = ['growpart', 'resizefs', 'set_hostname', 'users_groups', 'write_files', 'ssh'];

/**
 * The modules of the first stage with those that a raw cloud_config may ask for. Each exists in cloud-init 20.4 to 25.
 */
const allInitModules = [
  ...[
    'seed_random',
    'bootcmd',
    'growpart',
    'resizefs',
    'disk_setup',
    'mounts',
    'set_hostname',
    'ca_certs',
    'rsyslog',
  ],
  ...['users_groups', 'write_files', 'ssh'],
];

/** What the VM's user-data must say, and which of its keys are labnet's own. @throws LabnetError usage. */
export function intendedUserData(input: SeedInput): { userData: CloudConfig; own: ReadonlySet<string> } {
  const ours = ownConfig(input);
  return { userData: overlay(ours, input.vm.cloudConfig), own: new Set(Object.keys(ours)) };
}

function ownConfig(input: SeedInput): CloudConfig {
  const { vm, nameservers, byTcp = false, hosts } = input;
  const { ssh_pwauth: passwordLogin = vm.password !== undefined } = vm.cloudConfig;
  for (const name of vm.packages) checkText(name, `packages of ${vm.name}`);
  return {
    hostname: vm.hostname,
    preserve_hostname: false,
    manage_etc_hosts: false,
    users: [user(input)],
    ssh_pwauth: passwordLogin,
    disable_root: true,
    ssh_deletekeys: true,
    ssh_genkeytypes: ['ed25519'],
    ssh_keys: { ed25519_private: input.hostKeyPrivate, ed25519_public: input.hostKeyPublic },
    write_files: [
      hostsFile(vm.hostname, hosts),
      resolverFile(nameservers, byTcp),
      ...laterBootsFiles(),
      ...(input.byMac ? [linkNameFile(input.mac)] : []),
      ...(vm.cpus > 1 ? [cpuRuleFile()] : []),
      passwordLoginFile(passwordLogin === true),
      languageFile(),
      ...userFiles(vm).flatMap(withSpecialBits),
      ...firstBootFiles(vm),
      ...reachFiles(),
    ],
    ...(vm.packages.length > 0 && { package_update: true, packages: vm.packages }),
    ...modules(input),
    final_message: `labnet-ready ${input.instanceId}`,
  };
}

function user({ vm, clientKey, passwordHash }: SeedInput) {
  checkText(vm.user, `user of ${vm.name}`);
  for (const key of vm.sshKeys) checkText(key, `ssh_keys of ${vm.name}`);
  for (const group of vm.groups) checkText(group, `groups of ${vm.name}`);
  // useradd refuses to make a group of the user's name where there is one: then that group is the user's own. As it
  // stands in the list of groups, cloud-init makes it where this image has none (its add_user).
  const isThere = [...baseGroups, ...vm.groups, ...groupsOf(vm.cloudConfig.groups)].includes(vm.user);
  const groups = [...(isThere ? [vm.user] : []), ...vm.groups.filter((group) => group !== vm.user)];
  return {
    name: vm.user,
    ...(isThere && { primary_group: vm.user }),
    ...(groups.length > 0 && { groups }),
    shell: '/bin/bash',
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
    lock_passwd: false,
    // `passwd` would leave a user alone that the image already has.
    hashed_passwd: passwordHash,
    ssh_authorized_keys: [clientKey, ...vm.sshKeys],
  };
}

/**
 * The groups that a cloud_config has made, as cloud-init takes them (distros/ug_util.py): names, or maps of names to
 * members.
 */
function groupsOf(groups: unknown): readonly unknown[] {
  if (typeof groups === 'string') return groups.split(',').map((name) => name.trim());
  if (Array.isArray(groups))
    return groups.flatMap((group: unknown) => (typeof group === 'string' ? [group] : groupsOf(group)));
  return typeof groups === 'object' && groups !== null ? Object.keys(groups) : [];
}

/** The modules that cloud-init is to run: without a raw cloud_config it is known which of them have work to do. */
function modules({ vm }: SeedInput) {
  if (Object.keys(vm.cloudConfig).length > 0) return { cloud_init_modules: allInitModules, locale: 'false' };
  return {
    cloud_init_modules: initModules,
    // Nothing in the third stage: a kernel that QEMU starts is told to leave it out (plan/direct-boot.ts).
    cloud_config_modules: [],
    cloud_final_modules: [
      ...(vm.packages.length > 0 ? ['package_update_upgrade_install'] : []),
      'scripts_per_boot',
      'final_message',
    ],
  };
}
