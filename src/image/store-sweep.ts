import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import { isOwnerAlive } from './owner.ts';
import { contentKinds, storePaths } from './stored-image.ts';

/**
 * The file names of unfinished work in the store: a file on its way in, and the note that a stored file has no name
 * yet.
 */
export const unfinished = {
  incoming: (tag: string, digest: string) => `.incoming-${tag}.${digest}`,
  unnamed: (tag: string, digest: string) => `.unnamed-${tag}.${digest}`,
} as const;

/** Removes what a killed run left in the store: half-moved files, and whole ones that got no name. */
export async function sweepStore(host: Host, roots: Roots): Promise<void> {
  const directory = storePaths.directory(roots);
  const names = await host.list(directory);
  for (const name of names) {
    const [, kind, tag, digest] = /^\.(incoming|unnamed)-([0-9a-f-]+)\.([0-9a-f]{64})$/.exec(name) ?? [];
    if (tag === undefined || digest === undefined || (await isOwnerAlive(tag, host)) !== false) continue;
    if (kind === 'unnamed') await removeUnnamed(digest, host, roots);
    await host.remove(`${directory}/${name}`);
  }
}

/** Removes the content of a hash that no entry points at. */
export async function removeUnnamed(digest: string, host: Host, roots: Roots): Promise<void> {
  if (await isNamed(digest, host, roots)) return;
  for (const kind of contentKinds) await host.remove(storePaths.file(roots, digest, kind));
}

/** Whether any name in the store points at the content; one that cannot be read counts when it mentions it. */
export async function isNamed(digest: string, host: Host, roots: Roots): Promise<boolean> {
  const directory = storePaths.directory(roots);
  for (const name of await host.list(directory)) {
    if (name.endsWith('.json') && (await host.read(`${directory}/${name}`))?.includes(digest)) return true;
  }
  return false;
}
