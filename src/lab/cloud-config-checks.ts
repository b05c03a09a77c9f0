/** Raw cloud-config: what of it cannot be laid over labnet's own, or cannot stand in a seed. */
import { baseUsers } from './base-accounts.ts';
import type { Finding } from './finding.ts';
import { insteadOfFile, insteadOfKey } from './reserved.ts';
import type { LabFile } from './schema.ts';
import { unsafeText } from './text.ts';

type Path = readonly PropertyKey[];

export function checkCloudConfig({ vms, defaults }: LabFile): readonly Finding[] {
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

/** The lists that are appended to labnet's own. */
const lists: readonly string[] = ['write_files', 'packages', 'runcmd'];

function checkEntry(path: Path, key: string, value: unknown): readonly Finding[] {
  const instead = insteadOfKey(key);
  if (instead !== undefined)
    return [{ path, key, message: `cloud_config may not set "${key}"`, hint: `instead: ${instead}` }];
  if (value === null) return [{ path, key, message: `"${key}" has no value` }];
  if (lists.includes(key) && (!Array.isArray(value) || value.includes(null)))
    return [{ path, key, message: `"${key}" must be a list without empty items` }];
  // cloud-init knows more words; sshd's own file, which labnet writes, says one of the two.
  if (key === 'ssh_pwauth' && typeof value !== 'boolean')
    return [{ path: [...path, key], message: `"${key}" must be true or false` }];
  return [];
}

/** cloud-init makes groups before users, so that the lab's user would be left out of them. */
function checkGroups(groups: unknown, user: string, path: Path): readonly Finding[] {
  if (typeof groups !== 'object' || groups === null) return [];
  if (Array.isArray(groups))
    return groups.flatMap((group: unknown, index) =>
      typeof group === 'string'
        ? checkGroupName(group, [...path, index])
        : checkGroups(group, user, [...path, index]),
    );
  return Object.entries(groups).flatMap(([group, members]): readonly Finding[] => {
    const all = membersOf(members);
    const where = [...path, group];
    if (all.includes(user)) {
      const message = `${user} is made after this group, and would not be in it`;
      return [{ path: where, message, hint: `instead: groups: [${group}], beside cloud_config` }];
    }
    const unknown = all.find((member) => typeof member !== 'string' || !baseUsers.has(member));
    if (unknown === undefined) return [];
    return [{ path: where, message: `${String(unknown)} is no user of the VM when this group is made` }];
  });
}

/** "docker: student" in quotes is a text, and the name of no group. */
function checkGroupName(name: string, path: Path): readonly Finding[] {
  if (name.split(',').every((one) => /^[a-z_][a-z0-9_-]{0,31}\$?$/i.test(one.trim()))) return [];
  return [{ path, message: `"${name.slice(0, 40)}" is no name of a group` }];
}

/** As cloud-init takes them (distros/ug_util.py): a list, or names between commas. */
function membersOf(members: unknown): readonly unknown[] {
  if (typeof members === 'string') return members.split(',').map((name) => name.trim());
  return Array.isArray(members) ? members : [];
}

function checkFiles(files: unknown, path: Path): readonly Finding[] {
  if (!Array.isArray(files)) return [];
  return files.flatMap((file: unknown, index): readonly Finding[] => {
    const written: unknown =
      typeof file === 'object' && file !== null ? Reflect.get(file, 'path') : undefined;
    if (typeof written !== 'string')
      return file === null ? [] : [{ path: [...path, index], message: 'must be a map with a path' }];
    const instead = insteadOfFile(written);
    if (instead === undefined)
      return [...checkTextsOf(file, [...path, index]), ...checkMode(file, [...path, index, 'permissions'])];
    const message = `${written} is written by labnet`;
    return [{ path: [...path, index, 'path'], message, hint: `instead: ${instead}` }];
  });
}

/** What must be text of a file: cloud-init gives up at anything else, and leaves out all files after it. */
function checkTextsOf(file: unknown, path: Path): readonly Finding[] {
  return ['content', 'owner', 'encoding'].flatMap((key): readonly Finding[] => {
    const value: unknown = Reflect.get(Object(file), key);
    if (value === undefined || typeof value === 'string' || value instanceof Uint8Array) return [];
    const hint = value === null ? `${key}: ""   # for none` : 'write it in quotes';
    return [{ path: [...path, key], message: `"${key}" of a file must be text`, hint }];
  });
}

/**
 * A mode that cloud-init cannot read is left out of the file with no more than a warning; a number is taken as such, so that
 * 644 would be 1204 (decode_perms in its cc_write_files.py).
 */
function checkMode(file: unknown, path: Path): readonly Finding[] {
  const value: unknown = Reflect.get(Object(file), 'permissions');
  if (value === undefined || value === null) return [];
  const hint = 'write it in quotes: permissions: "0644"';
  if (typeof value === 'number') {
    if (isMeantAsOctal(value)) {
      const message = `the number ${value} is the mode ${octal(value)} to cloud-init`;
      const meant = String(value).padStart(4, '0');
      return [{ path, message, hint: `write it in quotes: permissions: "${meant}", or "${octal(value)}"` }];
    }
    if (Number.isInteger(value) && value >= 0 && value <= 0o7777) return [];
  }
  if (typeof value === 'string' && /^\s*(?:0o)?0?[0-7]{1,4}\s*$/i.test(value)) return [];
  return [{ path, message: '"permissions" must be octal digits, such as "0644"', hint }];
}

/** Modes as people write them. */
const commonModes: ReadonlySet<string> = new Set([
  ...['0400', '0440', '0444', '0500', '0550', '0555', '0600', '0640', '0644', '0660', '0664', '0666', '0700'],
  ...[
    '0710',
    '0711',
    '0740',
    '0744',
    '0750',
    '0751',
    '0754',
    '0755',
    '0770',
    '0771',
    '0774',
    '0775',
    '0776',
    '0777',
  ],
  ...[
    '1770',
    '1775',
    '1777',
    '2700',
    '2750',
    '2755',
    '2770',
    '2775',
    '2777',
    '4700',
    '4711',
    '4750',
    '4755',
    '6755',
  ],
]);

/** Whether a number was meant as the octal digits that it is written with: 644, which is 1204. */
function isMeantAsOctal(value: number): boolean {
  const written = String(value);
  if (!/^[0-7]{3,4}$/.test(written) || commonModes.has(octal(value))) return false;
  const [owner = 0, group = 0, others = 0] = [...written.slice(-3)].map(Number);
  // Nobody lets others do what the owner may not.
  return (group & ~owner) === 0 && (others & ~owner) === 0;
}

const octal = (value: number) => value.toString(8).padStart(4, '0');

/** PyYAML, which reads the seed, gives up on a key of more than 1024 characters. */
const longestKey = 1000;

function checkTexts(value: unknown, path: Path): readonly Finding[] {
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
