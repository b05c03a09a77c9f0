/** Kernel and initial file system for starting a lab's VMs without firmware, boot loader and the image's own initrd. */

import type { Host } from '../host/host.ts';
import { readFileStart } from '../host/plain-file.ts';
import type { DirectBootSource } from '../image/store.ts';
import { rootLabel } from './guest-files.ts';
import { hasPvhEntry, xzPayload } from './kernel-payload.ts';
import { makeInitrd } from './mini-initrd.ts';
import type { Recipe } from './recipe.ts';

/** Where kernel and initrd are taken from, and where they are put. */
export interface DirectBootOptions {
  /** The root directory that the image is made from: what lies in it comes from Debian's packages alone. */
  readonly root: string;
  readonly staging: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Takes kernel and initrd out of a root directory; undefined when there is not one kernel, or when what its initrd is
 * made of is not there.
 */
export async function makeDirectBoot(
  recipe: Recipe,
  { root, staging, signal }: DirectBootOptions,
  host: Host,
): Promise<DirectBootSource | undefined> {
  const kernels = (await host.list(`${root}/boot`)).filter((name) => name.startsWith('vmlinuz-'));
  const [kernel] = kernels;
  if (kernel === undefined || kernels.length > 1) return undefined;
  const initrd = await makeInitrd(root, kernel.slice('vmlinuz-'.length), host);
  if (initrd === undefined) return undefined;
  await host.write(`${staging}/initrd`, initrd, { mode: 0o644 });
  return {
    kernel: await unpackKernel(`${root}/boot/${kernel}`, staging, signal, host),
    initrd: `${staging}/initrd`,
    arguments: `root=LABEL=${rootLabel} ro ${recipe.kernelArguments.join(' ')}`,
  };
}

/** The path of the kernel: unpacked where QEMU can start it so; otherwise a copy as it is, which the guest unpacks. */
async function unpackKernel(
  path: string,
  staging: string,
  signal: AbortSignal | undefined,
  host: Host,
): Promise<string> {
  const size = (await host.stat(path))?.size ?? 0;
  const image = await readFileStart(path, size);
  const payload = xzPayload(image);
  if (payload !== undefined) {
    await host.write(`${staging}/kernel.xz`, payload, { mode: 0o644 });
    // The four bytes after the stream are the kernel's own note of its size.
    await host.run(['xz', '--decompress', '--single-stream', '--keep', `${staging}/kernel.xz`], {
      signal,
    });
    const unpacked = `${staging}/kernel`;
    if (hasPvhEntry(await readFileStart(unpacked, (await host.stat(unpacked))?.size ?? 0))) return unpacked;
  }
  await host.write(`${staging}/bzimage`, image, { mode: 0o644 });
  return `${staging}/bzimage`;
}
