/** Files read by their first bytes, or piece by piece. */

import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { LabnetError } from '../errors.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Opens a plain file for reading. Who may write to its directory can put a link there, which would lead root elsewhere,
 * or a pipe, at which root would wait for ever: neither is followed nor waited for.
 *
 * @throws LabnetError failed for anything but a plain file; what open(2) refuses is thrown as it is
 */
export async function openPlain(path: string): Promise<FileHandle> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    // A link; a socket, or a device of a driver that is not there.
    if (error.code === 'ELOOP' || error.code === 'ENXIO') throw notPlain(path);
    throw error;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notPlain(path);
}

const notPlain = (path: string) => new LabnetError('failed', `${path} is no plain file`);

/**
 * The first bytes of a plain file; fewer when the file is shorter. @throws LabnetError failed for what is no plain file
 */
export async function readFileStart(path: string, length: number): Promise<Uint8Array> {
  const file = await openPlain(path);
  try {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

/** The digest of a file in hexadecimal, read in pieces: images do not fit into memory. */
export async function hashFile(
  path: string,
  algorithm: 'sha256' | 'sha512',
  signal?: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash(algorithm);
  const stream = createReadStream(path, {
    highWaterMark: 1024 * 1024,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const piece of stream) hash.update(piece);
  return hash.digest('hex');
}
