/**
 * The store of base images: each file under its own hash, written once, never again. Small files beside them map
 * names to hashes; a name is written last, so that it never points at half an image.
 */
import { dirname } from 'node:path';
import { LabnetError } from '../errors.ts';
import { readFileStart } from '../host/file-start.ts';
import { hashFile } from '../host/hash-file.ts';
import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import { newOwnerTag } from './owner.ts';
import { checkQcow2Header, headerLength } from './qcow2-header.ts';
import { isNamed, unfinished } from './store-sweep.ts';
import {
  checkImageName,
  type ImageMetadata,
  parseEntry,
  type StoredImage,
  storePaths,
} from './stored-image.ts';

/** For each step of moving an image, in milliseconds. */
const copyTimeout = 30 * 60_000;

/** Every named image, sorted by name. @throws LabnetError host-cannot when an entry is damaged. */
export async function listImages(host: Host, roots: Roots): Promise<readonly StoredImage[]> {
  const found: StoredImage[] = [];
  for (const file of await host.list(storePaths.directory(roots))) {
    if (!file.endsWith('.json')) continue;
    const image = await findImage(file.slice(0, -'.json'.length), host, roots);
    if (image !== undefined) found.push(image);
  }
  return found;
}

/** @throws LabnetError usage when the name cannot be one, host-cannot when its entry is damaged. */
export async function findImage(name: string, host: Host, roots: Roots): Promise<StoredImage | undefined> {
  checkImageName(name);
  const text = await host.read(storePaths.entry(roots, name));
  return text === undefined ? undefined : parseEntry(name, text, roots);
}

/**
 * Takes a qcow2 file into the store and gives it a name; the file itself is moved, not copied, where it lies on the
 * same file system. A name that exists is pointed at the new content; the old content stays for the labs on it.
 *
 * @throws LabnetError usage for a bad name, host-cannot when its header does not pass.
 */
export async function addImage(
  file: string,
  metadata: ImageMetadata,
  host: Host,
  roots: Roots,
  signal?: AbortSignal | undefined,
): Promise<StoredImage> {
  checkImageName(metadata.name);
  const { virtualSize } = checkQcow2Header(await readFileStart(file, headerLength));
  const digest = await hashFile(file, 'sha256', signal);
  const directory = storePaths.directory(roots);
  await host.makeDirectory(directory, { mode: 0o755 });
  const tag = await newOwnerTag(host);
  const marker = `${directory}/${unfinished.unnamed(tag, digest)}`;
  try {
    const stored = storePaths.file(roots, digest);
    if (!(await holds(stored, digest, host, signal))) {
      await host.write(marker, '', { mode: 0o600 });
      await moveIn(file, `${directory}/${unfinished.incoming(tag, digest)}`, stored, host, signal);
    }
    const facts = await host.stat(stored);
    if (facts === undefined) throw new LabnetError('failed', `${stored} vanished while it was being stored`);
    const { size, mtimeMs, inode } = facts;
    const created = new Date().toISOString();
    const entry = { ...metadata, sha256: digest, size, virtualSize, mtimeMs, inode, created };
    await host.write(storePaths.entry(roots, metadata.name), `${JSON.stringify(entry, undefined, 2)}\n`, {
      mode: 0o644,
    });
    return { ...entry, path: stored };
  } finally {
    await host.remove(marker);
  }
}

/** Forgets a name, and the content with it unless another name points there. The caller asks first who uses it. */
export async function removeImage(name: string, host: Host, roots: Roots): Promise<void> {
  checkImageName(name);
  const text = await host.read(storePaths.entry(roots, name));
  if (text === undefined)
    throw new LabnetError('usage', `there is no image ${name}`, { hint: 'labnet image list' });
  const digest = /"sha256": *"([0-9a-f]{64})"/.exec(text)?.[1];
  await host.remove(storePaths.entry(roots, name));
  if (digest !== undefined && !(await isNamed(digest, host, roots)))
    await host.remove(storePaths.file(roots, digest));
}

/** A stored file of the same hash saves the move; one that was tampered with is replaced. */
async function holds(
  path: string,
  digest: string,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return (await host.stat(path)) !== undefined && (await hashFile(path, 'sha256', signal)) === digest;
}

async function moveIn(
  file: string,
  incoming: string,
  stored: string,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { timeout: copyTimeout, signal };
  try {
    // Across file systems mv copies: hence the name of its own first, and the sync before the last step.
    await host.run(['mv', '--no-target-directory', '--', file, incoming], options);
    await host.run(['chown', String(process.getuid?.() ?? 0), incoming]);
    await host.run(['chmod', '0444', incoming]);
    await host.run(['sync', incoming], options);
    await host.run(['mv', '--no-target-directory', '--', incoming, stored]);
    await host.run(['sync', dirname(stored)]);
  } finally {
    await host.remove(incoming);
  }
}
