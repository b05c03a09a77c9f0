/** Raw cloud-config: what of it cannot be laid over labnet's own, or cannot stand in a seed. */
import { baseUsers } from './base-accounts.ts';
import { checkMode } from './file-mode.ts';
import type { Mistake } from './mistake.ts';
import { insteadOfFile, insteadOfKey } from './reserved.ts';
import type { LabFile } from './schema.ts';
import { unsafeText } from './text.ts';

type Path = readonly PropertyKey[];

/** Finds what of the VMs' raw cloud-config cannot be laid over labnet's own, or cannot stand in a seed. */
export function checkCloudConfig({ vms, defaults }: LabFile): readonly Mistake[] {
  return Object.entries(vms).flatMap(([name, vm]) => {
    const config = vm?.cloud_config ?? {};
    const user = vm?.user ?? defaults.user;
    const path = ['vms', name, 'cloud_config'];
    return [
      ...Object.entries(config).flatMap(([key, value]) => checkEntry(path, key, value)),
      ...checkFiles(config.write_files, [...path, 'write_files']),
      ...checkGroups(config.groups, user, [...path, 'groups']),
      ...checkTexts(config, path),
    ];
  });
}

/** The keys of cloud-config whose lists are appended to labnet's own. */
const lists: readonly string[] = ['write_files', 'packages', 'runcmd'];

/** Those of lists whose items are commands or names: a blank one does nothing, or ends cloud-init's work on the list. */
const ofWords: readonly string[] = ['bootcmd', 'packages', 'runcmd'];

function blanks(items: readonly unknown[], path: Path, message: string): readonly Mistake[] {
  return items.flatMap((item, index) =>
    typeof item === 'string' && item.trim() === '' ? [{ path: [...path, index], message }] : [],
  );
}

function checkEntry(path: Path, key: string, value: unknown): readonly Mistake[] {
  const instead = insteadOfKey(key);
  if (instead !== undefined)
    return [{ path, key, message: `cloud_config may not set "${key}"`, hint: `instead: ${instead}` }];
  if (value === null) return [{ path, key, message: `"${key}" has no value` }];
  const message = `"${key}" must be a list without empty items`;
  if (lists.includes(key) && (!Array.isArray(value) || value.includes(null))) return [{ path, key, message }];
  if (ofWords.includes(key) && Array.isArray(value)) return blanks(value, [...path, key], message);
  // cloud-init takes more words here; labnet's own file for sshd says only yes or no.
  if (key === 'ssh_pwauth' && typeof value !== 'boolean')
    return [{ path: [...path, key], message: `"${key}" must be true or false` }];
  return [];
}

/**
 * Checks `groups`, which must be names, or maps of names to members: anything else makes cloud-init leave out all
 * groups and users (distros/ug_util.py). cloud-init makes groups before users, so that the lab's user would be left out
 * of them.
 */
function checkGroups(groups: unknown, user: string, path: Path): readonly Mistake[] {
  if (groups === undefined || groups === null) return [];
  if (typeof groups === 'string') return groups.split(',').flatMap((one) => checkGroupName(one, path));
  if (Array.isArray(groups)) {
    return groups.flatMap((group: unknown, index) =>
      typeof group === 'string'
        ? checkGroupName(group, [...path, index])
        : checkMembers(group, user, [...path, index]),
    );
  }
  return checkMembers(groups, user, path);
}

function checkMembers(groups: unknown, user: string, path: Path): readonly Mistake[] {
  if (typeof groups !== 'object' || groups === null || Array.isArray(groups)) {
    const message = `${JSON.stringify(groups)} is no name of a group`;
    const hint = 'on, yes and the like are texts in quotes: ["on"]';
    return [{ path, message, ...(typeof groups === 'boolean' && { hint }) }];
  }
  return Object.entries(groups).flatMap(([group, members]): readonly Mistake[] => {
    const where = [...path, group];
    if (typeof members !== 'string' && !Array.isArray(members)) {
      const message = `the members of the group ${group} must be a list`;
      return [{ path: where, message, hint: `without members: groups: [${group}]` }];
    }
    const all = membersOf(members);
    if (all.includes(user)) {
      const message = `${user} is made after this group, and would not be in it`;
      return [{ path: where, message, hint: `instead: groups: [${group}], beside cloud_config` }];
    }
    const unknown = all.find((member) => typeof member !== 'string' || !baseUsers.has(member));
    if (unknown === undefined) return [];
    return [{ path: where, message: `${String(unknown)} is no user of the VM when this group is made` }];
  });
}

/**
 * Checks the name of a group, or several between commas. "docker: student" in quotes is a text, and the name of no
 * group.
 */
function checkGroupName(name: string, path: Path): readonly Mistake[] {
  if (name.split(',').every((one) => /^[a-z_][a-z0-9_-]{0,31}\$?$/i.test(one.trim()))) return [];
  return [{ path, message: `"${name.slice(0, 40)}" is no name of a group` }];
}

/** The members of a group as cloud-init takes them (distros/ug_util.py): a list, or names between commas. */
function membersOf(members: unknown): readonly unknown[] {
  if (typeof members === 'string') return members.split(',').map((name) => name.trim());
  return Array.isArray(members) ? members : [];
}

function checkFiles(files: unknown, path: Path): readonly Mistake[] {
  if (!Array.isArray(files)) return [];
  return files.flatMap((file: unknown, index): readonly Mistake[] => {
    const written: unknown =
      typeof file === 'object' && file !== null ? Reflect.get(file, 'path') : undefined;
    if (typeof written !== 'string')
      return file === null ? [] : [{ path: [...path, index], message: 'must be a map with a path' }];
    const instead = insteadOfFile(written);
    if (instead === undefined)
      return [
        ...checkTextsOf(file, [...path, index]),
        ...checkMode(Reflect.get(Object(file), 'permissions'), [...path, index, 'permissions']),
      ];
    const message = `${written} is written by labnet`;
    return [{ path: [...path, index, 'path'], message, hint: `instead: ${instead}` }];
  });
}

/**
 * Checks the keys of a file whose values must be text: cloud-init gives up at anything else, and leaves out all files
 * after it.
 */
function checkTextsOf(file: unknown, path: Path): readonly Mistake[] {
  return ['content', 'owner', 'encoding'].flatMap((key): readonly Mistake[] => {
    const value: unknown = Reflect.get(Object(file), key);
    if (value === undefined || typeof value === 'string' || value instanceof Uint8Array) return [];
    const hint = value === null ? `${key}: ""   # for none` : 'write it in quotes';
    return [{ path: [...path, key], message: `"${key}" of a file must be text`, hint }];
  });
}

/** The most characters of a key: PyYAML, which reads the seed, gives up on a key of more than 1024. */
const longestKey = 1000;

function checkTexts(value: unknown, path: Path): readonly Mistake[] {
  if (typeof value === 'string') {
    const reason = unsafeText(value);
    return reason === undefined ? [] : [{ path, message: `"${lastKey(path)}" ${reason}` }];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => checkTexts(item, [...path, index]));
  return Object.entries(value).flatMap(([key, held]) => {
    const reason = key.length > longestKey ? `is longer than ${longestKey}` : unsafeText(key);
    if (reason !== undefined) return [{ path, key, message: `this key ${reason}` }];
    return checkTexts(held, [...path, key]);
  });
}

function lastKey(path: Path): string {
  return String(path.filter((part) => typeof part === 'string').at(-1));
}
