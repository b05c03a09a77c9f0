import type { Host } from '../host/host.ts';
import type { Roots } from '../paths.ts';
import { isNamed } from './store-sweep.ts';
import { contentKinds, storePaths } from './stored-image.ts';

/** A file of the store. */
export interface StoredFile {
  readonly path: string;
  readonly sha256: string;
  /** Bytes that it takes on the disk. */
  readonly bytes: number;
}

/** The files that no name points to: an image that was built, pulled or imported again has left them. */
export async function unnamedFiles(host: Host, roots: Roots): Promise<readonly StoredFile[]> {
  const directory = storePaths.directory(roots);
  const found: StoredFile[] = [];
  for (const name of await host.list(directory)) {
    const [, sha256, kind] = /^([0-9a-f]{64})\.([a-z0-9]+)$/.exec(name) ?? [];
    if (sha256 === undefined || !contentKinds.some((one) => one === kind)) continue;
    if (await isNamed(sha256, host, roots)) continue;
    const path = `${directory}/${name}`;
    found.push({ path, sha256, bytes: (await host.stat(path))?.allocated ?? 0 });
  }
  return found;
}
