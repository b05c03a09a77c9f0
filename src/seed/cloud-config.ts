/** The user's own cloud-config, put over labnet's: lists are appended, other values win, labnet's promises stay. */
import { LabnetError } from '../errors.ts';
import { insteadOfFile, insteadOfKey, resolvedPath } from '../lab/reserved.ts';
import { isMap, plainCopy } from './lab-text.ts';
import { withSpecialBits } from './special-bits.ts';

/** A cloud-config as plain data, by its keys. */
export type CloudConfig = Readonly<Record<string, unknown>>;

/** Refuses a file of the user's that would replace one of labnet's. @throws LabnetError usage */
export function checkPath(path: string, where: string): void {
  const instead = insteadOfFile(path);
  if (instead === undefined) return;
  throw new LabnetError('usage', `${where} cannot write ${resolvedPath(path)}: labnet writes it`, {
    hint: `instead: ${instead}`,
  });
}

/** The keys whose lists are appended to labnet's; the values of all other keys win over labnet's. */
const lists = ['write_files', 'packages', 'runcmd'];

/**
 * Puts `theirs` over `ours`. The result is plain JSON data.
 *
 * @throws LabnetError usage naming the key that cannot be set, or that has another type than labnet's.
 */
export function overlay(ours: CloudConfig, theirs: CloudConfig): CloudConfig {
  const added = Object.entries(plainMap(theirs)).map(([key, value]) => {
    const where = `cloud_config.${key}`;
    const instead = insteadOfKey(key);
    if (instead !== undefined) throw new LabnetError('usage', `${where} cannot be set: instead ${instead}`);
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
  const added = where === 'cloud_config.write_files' ? value.flatMap(fileEntries) : value;
  return Array.isArray(own) ? [...own, ...added] : added;
}

function fileEntries(file: unknown, index: number): readonly unknown[] {
  const where = `cloud_config.write_files[${index}]`;
  if (!isMap(file) || typeof file.path !== 'string') {
    throw new LabnetError('usage', `${where} must be a map with a path`);
  }
  checkPath(file.path, where);
  return withSpecialBits(file);
}
