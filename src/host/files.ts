/** The file half of the local host. Every write is whole or not there, and on the disk before it counts. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import tmp from 'tmp';
import { fileKind } from './file-kind.ts';
import type { DirectoryOptions, FileEnd, FileFacts, TemporaryDirectory, WriteOptions } from './host.ts';
import { openPlain } from './plain-file.ts';

/** Reads the text of a file; undefined when there is none. */
export async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(noneIfMissing);
}

/** Reads the end of a plain file, at most `most` bytes; undefined when there is none. */
export async function readEnd(path: string, most: number): Promise<FileEnd | undefined> {
  const file = await openPlain(path).catch(noneIfMissing);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, most));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length);
    return { text: buffer.subarray(0, bytesRead).toString('utf8'), size };
  } finally {
    await file.close();
  }
}

/** Writes a file by way of a temporary one: it is there whole or not at all. */
export async function write(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions,
): Promise<void> {
  const temporary = unfinishedName(path);
  try {
    const file = await open(temporary, 'wx', options.mode);
    try {
      await file.writeFile(content);
      // The mode is set here, since the one given to open passes through the umask.
      await file.chmod(options.mode);
      if (options.uid !== undefined) await file.chown(options.uid, options.uid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Appends to a file, which is made 0600 if it is not there, and brings it to the disk. */
export async function append(path: string, content: string): Promise<void> {
  const isNew = (await stat(path)) === undefined;
  const file = await open(path, 'a', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  if (isNew) await syncDirectory(dirname(path));
}

/** Resolves when a file and its name are on the disk. */
export async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
}

/** Makes a directory, or gives one that is there this mode and owner. */
export async function makeDirectory(path: string, options: DirectoryOptions): Promise<void> {
  await makeParents(dirname(path));
  const made = await mkdir(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
      return error.code === 'EEXIST';
    },
  );
  // Another labnet has just removed the parents, which were empty.
  if (!made) return makeDirectory(path, options);
  await chmod(path, options.mode);
  if (options.uid !== undefined) await chown(path, options.uid, options.gid ?? options.uid);
}

/**
 * Makes a directory and those above it, which let everyone through and nobody look, whatever the umask says. Not by
 * mkdir's `recursive`, which says of a read-only file system that there is no such directory.
 */
async function makeParents(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      await makeParents(dirname(path));
      return makeParents(path);
    }
    if (code !== 'EEXIST') throw error;
    if (!(await isJustMade(path))) return;
  }
  await chmod(path, 0o711);
}

/**
 * Whether a directory is as mkdir leaves it under labnet's umask, and empty: a labnet was killed before it opened it.
 */
async function isJustMade(path: string): Promise<boolean> {
  const { mode, uid } = await lstat(path);
  return (mode & 0o7777) === 0o700 && uid === process.getuid?.() && (await list(path)).length === 0;
}

/** Removes a file, or a directory with all in it, and what a write to it has left that was killed. */
export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  for (const name of await list(dirname(path))) {
    if (isUnfinished(name, basename(path))) await rm(`${dirname(path)}/${name}`, { force: true });
  }
}

/** The name that a file has until it is whole: a random one, since two may write the same file at a time. */
function unfinishedName(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}.new`;
}

function isUnfinished(name: string, of: string): boolean {
  return name.startsWith(`${of}.`) && /^[0-9a-f]{8}\.new$/.test(name.slice(of.length + 1));
}

/** Removes a directory if it is empty, and leaves it otherwise. */
export async function removeEmptyDirectory(path: string): Promise<void> {
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    // EBUSY: something is mounted there (rmdir(2)); a disk of its own for labnet's state is somebody else's doing.
    if (!['ENOENT', 'ENOTEMPTY', 'EBUSY'].includes(error.code ?? '')) throw error;
  });
}

/** The names in a directory, sorted; none when it does not exist. */
export async function list(path: string): Promise<readonly string[]> {
  return ((await readdir(path).catch(noneIfMissing)) ?? []).sort();
}

/** What is known of a file, without following a link; undefined when there is none. */
export async function stat(path: string): Promise<FileFacts | undefined> {
  const facts = await lstat(path).catch(noneIfMissing);
  if (facts === undefined) return undefined;
  const kind = fileKind(facts);
  const { uid, gid, size, blocks, dev: device, ino: inode, mtimeMs } = facts;
  // In units of 512 bytes, whatever the file system's own (stat(2)).
  const allocated = blocks * 512;
  return { kind, mode: facts.mode & 0o7777, uid, gid, size, allocated, inode, device, mtimeMs };
}

/** The beginning of the names of temporary directories; no lab can be called so. */
export const temporaryPrefix = 'tmp_';

/** Makes a directory in `parent` that is gone at `remove`, or when labnet ends. */
export async function temporaryDirectory(parent: string): Promise<TemporaryDirectory> {
  tmp.setGracefulCleanup();
  const { name, removeCallback } = tmp.dirSync({
    tmpdir: parent,
    prefix: temporaryPrefix,
    unsafeCleanup: true,
  });
  // The mode is not set by the option, which the umask narrows.
  await chmod(name, 0o711);
  return { path: name, remove: removeCallback };
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function noneIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
  return undefined;
}
