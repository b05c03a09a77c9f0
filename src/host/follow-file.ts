import { type FSWatcher, watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPlain } from './open-plain.ts';

/**
 * Milliseconds from a change to reading. QEMU writes a console in tiny pieces: with a read for each, a provision under TCG took
 * 4.6 s of processor time instead of 3.8 (one run each).
 */
const gatherMs = 50;

/**
 * Tells the text of a file from its beginning and then as it grows, until the signal. The file may not exist yet.
 * Woken by inotify: nothing is polled.
 *
 * @throws LabnetError failed for what is no plain file
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
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(65_536);
  try {
    while (!signal.aborted) {
      changed = false;
      file ??= await openPlain(path).catch(unlessMissing);
      // The directory's watch tells of new files; what is written to one is told by a watch of its own.
      if (file !== undefined) watcher ??= watch(path, notice);
      for (;;) {
        const read = await file?.read(buffer, 0, buffer.length);
        if (read === undefined || read.bytesRead === 0) break;
        onText(decoder.decode(buffer.subarray(0, read.bytesRead), { stream: true }));
      }
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (changed) resolve();
        });
      }
      await sleep(gatherMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    signal.removeEventListener('abort', notice);
    directory.close();
    watcher?.close();
    await file?.close();
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
