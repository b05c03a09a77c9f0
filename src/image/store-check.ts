import { dirname } from 'node:path';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { hashFile } from '../host/plain-file.ts';
import type { Roots } from '../paths.ts';
import {
  type ContentKind,
  fileIn,
  type StoredContent,
  type StoredImage,
  storePaths,
} from './stored-image.ts';

/**
 * Notices a base image that changed since it was stored. Cheap as a rule: size, time and inode are compared, and
 * only if one differs the content is hashed. Returns the image as it stands now.
 *
 * @throws LabnetError host-cannot when it changed or is gone.
 */
export async function checkUnchanged(image: StoredImage, host: Host, roots: Roots): Promise<StoredImage> {
  const { direct } = image;
  const disk = await checkContent(image, 'qcow2', image, host);
  const kernel = direct && (await checkContent(direct.kernel, 'kernel', image, host));
  const initrd = direct && (await checkContent(direct.initrd, 'initrd', image, host));
  if (disk === image && kernel === direct?.kernel && initrd === direct?.initrd) return image;
  const { path, ...entry } = {
    ...image,
    ...disk,
    ...(direct && kernel && initrd && { direct: { ...direct, kernel, initrd } }),
  };
  const checked = { ...entry, path };
  if (dirname(path) !== storePaths.directory(roots)) return checked;
  // Saves the next run the hashing. Whoever may not write here only hashes once more.
  await host
    .write(storePaths.entry(roots, image.name), `${JSON.stringify(entry, undefined, 2)}\n`, { mode: 0o644 })
    .catch(() => {});
  return checked;
}

/**
 * How a base image differs from what was stored, by what costs no reading of it; undefined when nothing differs. Only
 * `checkUnchanged` can tell whether the content has changed, too.
 */
export async function quickDifference(image: StoredImage, host: Host): Promise<string | undefined> {
  const facts = await host.stat(image.path);
  if (facts?.kind !== 'file') return `${image.path} is gone`;
  if (facts.size !== image.size) return `${image.path} has ${facts.size} bytes, not ${image.size}`;
  const touched = facts.mtimeMs !== image.mtimeMs || facts.inode !== image.inode;
  return touched ? `${image.path} was written to, or replaced, after it was stored` : undefined;
}

/**
 * Refuses an image that has gone since it was proved unchanged, which was before the host was locked.
 *
 * @throws LabnetError host-cannot when it was removed since
 */
export async function requireThere(image: StoredImage, host: Host): Promise<void> {
  if ((await host.stat(image.path)) === undefined) throw changed(image, `${image.path} is gone`);
}

/**
 * Compares a file of the store with what was noted of it.
 *
 * @returns the same object when nothing has to be noted anew
 * @throws LabnetError host-cannot
 */
async function checkContent(
  noted: StoredContent,
  kind: ContentKind,
  image: StoredImage,
  host: Host,
): Promise<StoredContent> {
  const path = fileIn(dirname(image.path), noted.sha256, kind);
  const facts = await host.stat(path);
  if (facts?.kind !== 'file') throw changed(image, `${path} is gone`);
  const { size, mtimeMs, inode } = facts;
  if (size !== noted.size) throw changed(image, `${noted.size} bytes then, ${size} now`);
  if (mtimeMs === noted.mtimeMs && inode === noted.inode) return noted;
  await compareHash(path, noted.sha256, image);
  return { ...noted, mtimeMs, inode };
}

/** Hashes the whole file. @throws LabnetError host-cannot when it is not what was stored. */
export async function fullCheck(image: StoredImage, signal?: AbortSignal | undefined): Promise<void> {
  await compareHash(image.path, image.sha256, image, signal);
}

async function compareHash(path: string, then: string, image: StoredImage, signal?: AbortSignal | undefined) {
  const now = await hashFile(path, 'sha256', signal);
  if (now !== then) throw changed(image, `sha256 ${then} then, ${now} now`);
}

function changed(image: StoredImage, how: string): LabnetError {
  return new LabnetError(
    'host-cannot',
    `the base image ${image.name} has changed since it was stored: ${how}`,
    {
      hint:
        image.source === 'import'
          ? `sudo labnet image remove ${image.name}, then import it again`
          : `sudo labnet image ${image.source} ${image.recipe ?? image.name} makes it anew; labs on the old one must be destroyed first`,
    },
  );
}
