import { type FSWatcher, watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cutSize } from './console-log.ts';
import { openPlain } from './plain-file.ts';

/**
 * Milliseconds from a change to reading. QEMU writes a console in tiny pieces: with a read for each, a provision under
 * TCG took 4.6 s of processor time instead of 3.8 (one run each).
 */
const gatherMs = 50;

/** Where to begin. */
export interface FollowOptions {
  /** The byte to begin at; the first unless told. */
  readonly from?: number;
}

/**
 * Tells the text of a console's log from its beginning and then as it grows, until the signal: piece by piece, the next
 * one when the last has been taken. The file need not exist yet. Where the log is cut meanwhile (see console-log.ts),
 * it goes on with what comes after; more may be missing there. At the signal one more piece is told, if there is one:
 * the last words of who wrote. It is woken by inotify, and polls nothing.
 *
 * @throws LabnetError failed for what is no plain file
 */
export async function followFile(
  path: string,
  onText: (text: string) => void | Promise<void>,
  signal: AbortSignal,
  { from = 0 }: FollowOptions = {},
): Promise<void> {
  let file: FileHandle | undefined;
  let watcher: FSWatcher | undefined;
  let changed = true;
  let wake = () => {};
  const notice = () => {
    changed = true;
    wake();
  };
  signal.addEventListener('abort', notice, { once: true });
  const name = basename(path);
  const directory = watch(dirname(path), (_, found) => {
    if (found === name) notice();
  });
  const read = reader(onText, from);
  try {
    while (!signal.aborted) {
      changed = false;
      file ??= await openPlain(path).catch(unlessMissing);
      // The directory's watch tells of new files; what is written to one is told by a watch of its own.
      if (file !== undefined) watcher ??= watch(path, notice);
      await read(file, { signal });
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (changed) resolve();
        });
      }
      await sleep(gatherMs, undefined, { signal }).catch(() => {});
    }
    await read(file, { pieces: 1 });
  } finally {
    signal.removeEventListener('abort', notice);
    directory.close();
    watcher?.close();
    await file?.close();
  }
}

/** Tells the text that a plain file has by now; one that does not exist has none. @throws LabnetError failed */
export async function readText(path: string, onText: (text: string) => void): Promise<void> {
  const file = await openPlain(path).catch(unlessMissing);
  try {
    await reader(onText)(file);
  } finally {
    await file?.close();
  }
}

interface Bounds {
  readonly signal?: AbortSignal;
  /** How many pieces to tell at most. */
  readonly pieces?: number;
}

/**
 * Makes a function that reads on from where its last call has come to: up to the end that it finds first, or with a
 * signal as long as there is more.
 */
function reader(
  onText: (text: string) => void | Promise<void>,
  from = 0,
): (file: FileHandle | undefined, bounds?: Bounds) => Promise<void> {
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(65_536);
  let at = from;
  return async (file, { signal, pieces = Number.POSITIVE_INFINITY } = {}) => {
    if (file === undefined) return;
    const { size: end } = await file.stat();
    for (let told = 0; told < pieces && signal?.aborted !== true; told += 1) {
      const { size } = await file.stat();
      if (size < at) at = Math.min(Math.max(0, at - cutSize), size);
      if (signal === undefined && at >= end) return;
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      await onText(decoder.decode(buffer.subarray(0, bytesRead), { stream: true }));
    }
  };
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
