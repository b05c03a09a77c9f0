/**
 * The store of base images: each file under its own hash, written once, never again. Small files beside them map
 * names to hashes; a name is written last, so that it never points at half an image.
 */
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { readFileStart } from '../host/plain-file.ts';
import type { Roots } from '../paths.ts';
import { checkDisk } from './disk-check.ts';
import { newOwnerTag } from './owner.ts';
import { checkQcow2Header, headerLength } from './qcow2-header.ts';
import { findShared, listShared } from './shared-store.ts';
import { type Taking, takeContent } from './store-content.ts';
import { lockStore } from './store-lock.ts';
import { removeUnnamed } from './store-sweep.ts';
import {
  checkImageName,
  type DirectBoot,
  type ImageMetadata,
  parseEntry,
  type StoredImage,
  storePaths,
} from './stored-image.ts';

/** Files on their way into the store beside an image's disk. */
export interface DirectBootSource {
  readonly kernel: string;
  readonly initrd: string;
  readonly arguments: string;
}

/**
 * Every named image, sorted by name; then those of the admin's store, also where the name is the same.
 *
 * @throws LabnetError host-cannot when an entry of the own store is damaged
 */
export async function listImages(host: Host, roots: Roots): Promise<readonly StoredImage[]> {
  const found: StoredImage[] = [];
  for (const file of await host.list(storePaths.directory(roots))) {
    if (!file.endsWith('.json')) continue;
    const image = await findOwn(file.slice(0, -'.json'.length), host, roots);
    if (image !== undefined) found.push(image);
  }
  return [...found, ...(await listShared(host, roots)).images];
}

/**
 * The image of that name, of the own store before one of the admin's; undefined when there is none.
 *
 * @throws LabnetError usage when the name cannot be one, host-cannot when its entry is damaged, or is one of the
 *   admin's store that is refused
 */
export async function findImage(name: string, host: Host, roots: Roots): Promise<StoredImage | undefined> {
  return (await findOwn(name, host, roots)) ?? findShared(name, host, roots);
}

async function findOwn(name: string, host: Host, roots: Roots): Promise<StoredImage | undefined> {
  checkImageName(name);
  const text = await host.read(storePaths.entry(roots, name));
  return text === undefined ? undefined : parseEntry(name, text, storePaths.directory(roots));
}

/**
 * Takes a qcow2 file into the store and gives it a name; the file itself is moved, not copied, where it lies on the
 * same file system. A name that exists is pointed at the new content; the old content stays for the labs on it.
 *
 * @throws LabnetError usage for a bad name, host-cannot for an image that is refused: by its header, as one that is not
 *   whole, or as one that no BIOS boots.
 */
export async function addImage(
  file: string,
  metadata: ImageMetadata,
  host: Host,
  roots: Roots,
  signal?: AbortSignal | undefined,
  source?: DirectBootSource | undefined,
): Promise<StoredImage> {
  checkImageName(metadata.name);
  const { virtualSize } = checkQcow2Header(await readFileStart(file, headerLength));
  await checkDisk(file, virtualSize, host, signal);
  const lock = await lockStore(`store the image ${metadata.name}`, roots);
  const markers: string[] = [];
  const taking = { tag: await newOwnerTag(host), onMarker: (path: string) => markers.push(path), signal };
  try {
    const disk = await takeContent(file, 'qcow2', taking, host, roots);
    const direct = source === undefined ? {} : { direct: await takeDirect(source, taking, host, roots) };
    const created = new Date().toISOString();
    const entry = { ...metadata, ...disk, virtualSize, ...direct, created };
    await host.write(storePaths.entry(roots, metadata.name), `${JSON.stringify(entry, undefined, 2)}\n`, {
      mode: 0o644,
    });
    return { ...entry, path: storePaths.file(roots, disk.sha256) };
  } finally {
    try {
      for (const marker of markers) await host.remove(marker);
    } finally {
      await lock.release();
    }
  }
}

async function takeDirect(
  { kernel, initrd, arguments: words }: DirectBootSource,
  taking: Taking,
  host: Host,
  roots: Roots,
): Promise<DirectBoot> {
  return {
    kernel: await takeContent(kernel, 'kernel', taking, host, roots),
    initrd: await takeContent(initrd, 'initrd', taking, host, roots),
    arguments: words,
  };
}

/**
 * The hashes of all that a name stands for, also where its entry is damaged.
 *
 * @throws LabnetError usage when there is no such image
 */
export async function digestsOf(name: string, host: Host, roots: Roots): Promise<readonly string[]> {
  checkImageName(name);
  const text = await host.read(storePaths.entry(roots, name));
  if (text === undefined) throw noSuchImage(name);
  return [...text.matchAll(/"sha256": *"([0-9a-f]{64})"/g)].map(([, digest = '']) => digest);
}

/** The error for a name that no stored image has. */
export function noSuchImage(name: string): LabnetError {
  return new LabnetError('usage', `no image ${name} is stored`, { hint: 'labnet image list' });
}

/** Forgets a name, and the content with it unless another name points there. The caller asks first who uses it. */
export async function removeImage(name: string, host: Host, roots: Roots): Promise<void> {
  const digests = await digestsOf(name, host, roots);
  await host.remove(storePaths.entry(roots, name));
  for (const digest of digests) await removeUnnamed(digest, host, roots);
}
