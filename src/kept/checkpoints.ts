/**
 * Moments of a lab that its user has saved under names. They are the user's data and lie with the labs, not with what
 * may be deleted at any time; a labnet before 0.3 had them there, in the cache, and they are found where they are.
 */

import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { checkpointPlaces, type Roots } from '../paths.ts';
import { bringEarlierBack } from './save-lab.ts';
import { readSaved } from './saved-lab.ts';

/** One checkpoint of a lab. */
export interface Checkpoint {
  readonly name: string;
  readonly directory: string;
  /**
   * When it was made, and its bytes on the disk; undefined where this labnet cannot go back to it: half made, or
   * another labnet's.
   */
  readonly saved: { readonly created: string; readonly bytes: number } | undefined;
}

/** Where a checkpoint of this name is made. */
export function checkpointDirectory(roots: Roots, lab: string, name: string): string {
  return `${checkpointPlaces(roots)[0]}/${lab}/${name}`;
}

/** Removes the directories of a lab's checkpoints that hold nothing. */
export async function removeEmptyPlaces(lab: string, host: Host, roots: Roots): Promise<void> {
  for (const place of checkpointPlaces(roots))
    for (const directory of [`${place}/${lab}`, place]) await host.removeEmptyDirectory(directory);
}

/** All checkpoints of a lab, in the order of their names; what a killed run was still making, as NAME.new, is none. */
export async function listCheckpoints(lab: string, host: Host, roots: Roots): Promise<readonly Checkpoint[]> {
  const found = new Map<string, Checkpoint>();
  for (const place of checkpointPlaces(roots)) {
    for (const name of await host.list(`${place}/${lab}`)) {
      if (!isCheckpointName(name) || found.has(name)) continue;
      const directory = `${place}/${lab}/${name}`;
      const note = await readSaved(directory, host);
      found.set(name, { name, directory, saved: note && { created: note.created, bytes: note.bytes } });
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * The directory of a lab's checkpoint, whole or not; undefined when there is none of that name.
 *
 * @throws LabnetError usage for a text that cannot be a name
 */
export async function findCheckpoint(
  lab: string,
  name: string,
  host: Host,
  roots: Roots,
): Promise<string | undefined> {
  requireCheckpointName(name);
  for (const place of checkpointPlaces(roots)) {
    const directory = `${place}/${lab}/${name}`;
    await bringEarlierBack(directory, host);
    if ((await host.stat(directory)) !== undefined) return directory;
  }
  return undefined;
}

/** Removes the checkpoint of that name that a labnet before 0.3 made, once there is another in today's place. */
export async function removeFormer(lab: string, name: string, host: Host, roots: Roots): Promise<void> {
  await host.remove(`${checkpointPlaces(roots)[1]}/${lab}/${name}`);
  await removeEmptyPlaces(lab, host, roots);
}

/** Removes all checkpoints of a lab, with what was half made. */
export async function removeCheckpoints(lab: string, host: Host, roots: Roots): Promise<void> {
  for (const place of checkpointPlaces(roots)) await host.remove(`${place}/${lab}`);
  await removeEmptyPlaces(lab, host, roots);
}

/** The directories of all labs' checkpoints, also of what is half made. */
export async function checkpointsOfAll(host: Host, roots: Roots): Promise<readonly string[]> {
  const directories: string[] = [];
  for (const place of checkpointPlaces(roots))
    for (const lab of await host.list(place))
      for (const name of await host.list(`${place}/${lab}`)) directories.push(`${place}/${lab}/${name}`);
  return directories;
}

/** Refuses a text that cannot name a checkpoint: the name becomes a directory's. @throws LabnetError usage */
export function requireCheckpointName(name: string): void {
  if (isCheckpointName(name)) return;
  throw new LabnetError('usage', `${JSON.stringify(name)} cannot name a checkpoint`, {
    hint: 'up to 31 of a-z, 0-9 and dash, the first a letter or a digit',
  });
}

const isCheckpointName = (text: string) => /^[a-z0-9][a-z0-9-]{0,30}$/.test(text);
