import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { openStaging, sweepBuilds } from '../image/staging.ts';
import { addImage } from '../image/store.ts';
import type { StoredImage } from '../image/stored-image.ts';
import type { Roots } from '../paths.ts';
import { makeBootDisk } from './boot-disk.ts';
import { makeDirectBoot } from './direct-boot.ts';
import { customise } from './guest-files.ts';
import { readHostMirror } from './host-mirror.ts';
import { mirrorsOf } from './mirrors.ts';
import type { Recipe } from './recipe.ts';
import { makeRootTree } from './root-tree.ts';

/** How an image is built. */
export interface BuildOptions {
  /** Base URL of the one mirror to use, instead of the recipe's. */
  readonly mirror?: string | undefined;
  /** Called with what is being done, in lines for people. */
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Refuses what an ordinary user cannot do: the files of an image belong to many users.
 *
 * @throws LabnetError host-cannot
 */
export function refuseToBuild({ ground }: Pick<Host, 'ground'>): void {
  if (ground === 'pc') return;
  throw new LabnetError('host-cannot', 'without root no image can be built: its files belong to many users', {
    hint: "sudo labnet image pull debian-11 fetches Debian's own image; or ask the admin of this PC to build one for all",
  });
}

/**
 * Builds a recipe's image from Debian packages and stores it under the recipe's name. Needs root. Interrupted, it
 * cleans up; killed, what it leaves is swept by the next build, pull or import.
 *
 * @throws LabnetError missing-program, failed, interrupted.
 */
export async function buildImage(
  recipe: Recipe,
  { mirror, onProgress = () => {}, signal }: BuildOptions,
  host: Host,
  roots: Roots,
): Promise<StoredImage> {
  refuseToBuild(host);
  await sweepBuilds(host, roots);
  const mirrors = mirrorsOf(recipe, mirror, mirror === undefined ? await readHostMirror(host) : undefined);
  const staging = await openStaging(host, roots);
  try {
    const { path: root, notes } = await makeRootTree(
      recipe,
      { mirrors, staging: staging.path, onProgress, signal },
      host,
    );
    await customise(root, recipe, host);
    onProgress(`making the disk of ${recipe.name}`);
    const { sizeGiB } = recipe;
    const disk = await makeBootDisk({ root, staging: staging.path, sizeGiB, signal }, host);
    const direct = await makeDirectBoot(recipe, { root, staging: staging.path, signal }, host);
    onProgress(`storing ${recipe.name}`);
    const metadata = { name: recipe.name, source: 'build' as const, recipe: recipe.name, notes: [...notes] };
    return await addImage(disk, metadata, host, roots, signal, direct);
  } finally {
    await staging.remove();
  }
}
