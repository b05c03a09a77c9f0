/**
 * The store of this PC's admin, in which an ordinary user's labs find what their own store lacks. Nothing is ever
 * written there. What others than root can have put there is refused: a lab's disks stand on it.
 */
import { LabnetError, messageOf } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { whyNotRootsDirectory, whyNotRootsFile } from '../host/roots-own.ts';
import type { Roots } from '../paths.ts';
import { entryIn, fileIn, parseEntry, type StoredImage, storePaths } from './stored-image.ts';

/** An image of the admin's store that is not used. */
export interface RefusedImage {
  readonly name: string;
  readonly reason: string;
}

/** The directory of the admin's store; undefined where there is none beside the own one. */
export function sharedStore(roots: Roots): string | undefined {
  const { sharedImages } = roots;
  return sharedImages === storePaths.directory(roots) ? undefined : sharedImages;
}

/**
 * The image of that name in the admin's store; undefined when there is none, or the store is closed to this user.
 *
 * @throws LabnetError host-cannot for one that is damaged, or that others than root can have put there
 */
export async function findShared(name: string, host: Host, roots: Roots): Promise<StoredImage | undefined> {
  const directory = sharedStore(roots);
  if (directory === undefined || !(await isThere(entryIn(directory, name), host))) return undefined;
  try {
    return await readShared(name, directory, host);
  } catch (error) {
    throw new LabnetError(
      'host-cannot',
      `the image ${name} of this PC's own store is refused: ${messageOf(error)}`,
      {
        cause: error,
        hint: 'whoever is root on this PC can set that right; one of that name in your own store comes before it',
      },
    );
  }
}

/** What is in the admin's store, sorted by name, and what of it is refused. */
export async function listShared(
  host: Host,
  roots: Roots,
): Promise<{ readonly images: readonly StoredImage[]; readonly refused: readonly RefusedImage[] }> {
  const images: StoredImage[] = [];
  const refused: RefusedImage[] = [];
  const directory = sharedStore(roots);
  if (directory === undefined) return { images, refused };
  for (const file of await host.list(directory).catch(() => [])) {
    if (!file.endsWith('.json')) continue;
    const name = file.slice(0, -'.json'.length);
    try {
      images.push(await readShared(name, directory, host));
    } catch (error) {
      refused.push({ name, reason: messageOf(error) });
    }
  }
  return { images, refused };
}

async function isThere(path: string, host: Host): Promise<boolean> {
  return (await host.stat(path).catch(() => undefined)) !== undefined;
}

async function readShared(name: string, directory: string, host: Host): Promise<StoredImage> {
  const entry = entryIn(directory, name);
  refuse(await whyNotRootsDirectory(directory));
  refuse(await whyNotRootsFile(entry));
  const image = parseEntry(name, (await host.read(entry)) ?? '', directory);
  const { kernel, initrd } = image.direct ?? {};
  refuse(await whyNotRootsFile(image.path));
  if (kernel !== undefined) refuse(await whyNotRootsFile(fileIn(directory, kernel.sha256, 'kernel')));
  if (initrd !== undefined) refuse(await whyNotRootsFile(fileIn(directory, initrd.sha256, 'initrd')));
  return image;
}

function refuse(reason: string | undefined): void {
  if (reason !== undefined) throw new LabnetError('host-cannot', reason);
}
