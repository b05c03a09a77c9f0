/** Directories in the cache where an image comes about, and the sweeping of those that a killed run left. */
import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import { isOwnerAlive, newOwnerTag } from './owner.ts';
import { sweepStore } from './store-sweep.ts';

/** A directory in which this run makes an image. */
export interface Staging {
  readonly path: string;
  remove(): Promise<void>;
}

const prefix = 'build-';

/** The directory of downloads that were cut short, each named by its checksum. */
export const downloads = (roots: Roots) => `${roots.cache}/download`;

/** Makes a directory that carries its owner in its name. */
export async function openStaging(host: Host, roots: Roots): Promise<Staging> {
  const path = `${roots.cache}/${prefix}${await newOwnerTag(host)}`;
  // Open to search: apt's unprivileged helper has to reach what lies within.
  await host.makeDirectory(path, { mode: 0o711 });
  return { path, remove: () => removeTree(path, host) };
}

/**
 * Removes what runs that were killed left in the cache and the store. Their cut downloads go back to where the next
 * run finds and resumes them.
 */
export async function sweepBuilds(host: Host, roots: Roots): Promise<void> {
  for (const name of await host.list(roots.cache)) {
    if (!name.startsWith(prefix)) continue;
    if ((await isOwnerAlive(name.slice(prefix.length), host)) !== false) continue;
    const path = `${roots.cache}/${name}`;
    await rescueDownloads(path, host, roots);
    await removeTree(path, host);
  }
  await sweepStore(host, roots);
}

/** Moves the cut downloads of a staging directory to where the next run looks for them. */
export async function rescueDownloads(path: string, host: Host, roots: Roots): Promise<void> {
  for (const file of await host.list(path)) {
    if (!file.endsWith('.part')) continue;
    await host.makeDirectory(downloads(roots), { mode: 0o700 });
    await host.run(['mv', '--no-target-directory', '--', `${path}/${file}`, `${downloads(roots)}/${file}`]);
  }
}

const attempts = 20;
const pause = ['sleep', '0.2'] as const;

/**
 * Removes a directory with all in it, never across a mount; tries again while processes that were just killed may still
 * be writing.
 */
async function removeTree(path: string, host: Host): Promise<void> {
  const argv = ['rm', '--recursive', '--force', '--one-file-system', '--', path];
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    if ((await host.run(argv, { accept: [0, 1] })).status === 0) return;
    await host.run(pause);
  }
  await host.run(argv);
}
