import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Milliseconds from a change to reading. QEMU writes a console in tiny pieces: with a read for each, a provision under TCG took
 * 4.6 s of processor time instead of 3.8 (one run each).
 */
const gatherMs = 50;

/**
 * Tells the text of a file from its beginning and then as it grows, until the signal, and what has come until then. The
 * file may not exist yet. Woken by inotify: nothing is polled.
 */
export async function followFile(
  path: string,
  onText: (text: string) => void,
  signal: AbortSignal,
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
  const read = reader(onText);
  try {
    while (!signal.aborted) {
      changed = false;
      file ??= await open(path, 'r').catch(() => undefined);
      // The directory's watch tells of new files; what is written to one is told by a watch of its own.
      if (file !== undefined) watcher ??= watch(path, notice);
      await read(file);
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (changed) resolve();
        });
      }
      await sleep(gatherMs, undefined, { signal }).catch(() => {});
    }
    await read(file);
  } finally {
    signal.removeEventListener('abort', notice);
    directory.close();
    watcher?.close();
    await file?.close();
  }
}

/** Tells the text that a file has by now; one that does not exist has none. */
export async function readText(path: string, onText: (text: string) => void): Promise<void> {
  const file = await open(path, 'r').catch(() => undefined);
  try {
    await reader(onText)(file);
  } finally {
    await file?.close();
  }
}

/** Reads on, from where it has come to. */
function reader(onText: (text: string) => void): (file: FileHandle | undefined) => Promise<void> {
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(65_536);
  return async (file) => {
    for (;;) {
      const read = await file?.read(buffer, 0, buffer.length);
      if (read === undefined || read.bytesRead === 0) return;
      onText(decoder.decode(buffer.subarray(0, read.bytesRead), { stream: true }));
    }
  };
}
