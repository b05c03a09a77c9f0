import type { Host } from '../host/host.ts';
import { findImage } from '../image/store.ts';
import { checkUnchanged } from '../image/store-check.ts';
import type { StoredImage } from '../image/stored-image.ts';
import type { Roots } from '../paths.ts';
import { type BuildOptions, buildImage } from './build.ts';
import { loadRecipe } from './recipe.ts';

/**
 * The stored image of a name, proved unchanged; built by the recipe of that name when there is none yet.
 *
 * @throws LabnetError host-cannot when it changed, usage when there is neither image nor recipe, and what buildImage
 * throws.
 */
export async function ensureImage(
  name: string,
  options: BuildOptions,
  host: Host,
  roots: Roots,
): Promise<StoredImage> {
  const image = await findImage(name, host, roots);
  if (image !== undefined) return checkUnchanged(image, host, roots);
  return buildImage(await loadRecipe(name, host), options, host, roots);
}
