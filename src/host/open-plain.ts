import { constants } from 'node:fs';
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
