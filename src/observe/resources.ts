/** What a host has: memory, room on its disks, processors. */
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

/** Model, microcode and flags of the first CPU (proc_cpuinfo(5)): what guests under KVM have seen. */
export async function readCpuModel(host: Host): Promise<readonly string[]> {
  const first = (await host.read('/proc/cpuinfo'))?.split('\n\n')[0] ?? '';
  return first.split('\n').filter((line) => /^(model name|microcode|flags)\s*:/.test(line));
}

/** The most that the cache may take: 20 GB, or a fifth of the disk where that is less. */
const most = 20e9;
const share = 0.2;

/**
 * The bytes that the cache may take on the disk of this directory.
 *
 * @param path a directory that exists
 * @returns bytes
 */
export async function cacheLimit(path: string): Promise<number> {
  const { blocks, bsize } = await statfs(path);
  return Math.min(most, blocks * bsize * share);
}
