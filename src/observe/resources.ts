import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { Host } from '../host/host.ts';

/** Mebibytes that programs can still take without swapping (MemAvailable, proc(5)). */
export async function readAvailableMemory(host: Host): Promise<number> {
  const [, kibibytes] = /^MemAvailable:\s+(\d+) kB$/m.exec((await host.read('/proc/meminfo')) ?? '') ?? [];
  return Math.floor(Number(kibibytes ?? 0) / 1024);
}

/** Bytes free for root on the filesystem that holds the path, or will hold it. */
export async function readFreeSpace(path: string): Promise<number> {
  const found = await statfs(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  return found === undefined ? readFreeSpace(dirname(path)) : found.bavail * found.bsize;
}

/** How many threads run at once on this host, as far as this process may use them. */
export function countCpus(): number {
  return availableParallelism();
}
