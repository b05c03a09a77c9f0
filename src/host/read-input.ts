import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { stat } from './files.ts';
import type { InputOptions } from './incoming.ts';

/** Milliseconds after which a pipe is asked again. */
const pauseMs = 10;

/** Reads what a user names, as Host.readInput tells. */
export async function readInput(path: string, { most, signal }: InputOptions): Promise<Buffer | undefined> {
  if ((await stat(path)) === undefined) return undefined;
  // It is opened without waiting: a pipe that nobody writes to would hold up a thread, and with it labnet's end.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await upTo(most + 1, file, signal);
  } finally {
    await file.close();
  }
}

async function upTo(most: number, file: FileHandle, signal: AbortSignal | undefined): Promise<Buffer> {
  const bytes = Buffer.alloc(most);
  let length = 0;
  while (length < most) {
    const count = await readSome(file, bytes.subarray(length));
    if (count === 0) break;
    if (count === undefined) await sleep(pauseMs, undefined, { signal });
    else length += count;
  }
  return bytes.subarray(0, length);
}

/**
 * How many bytes were read; undefined when somebody is about to write some. (Node 18 reads none when it is not told how
 * many.)
 */
async function readSome(file: FileHandle, into: Buffer): Promise<number | undefined> {
  try {
    return (await file.read(into, 0, into.length)).bytesRead;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
