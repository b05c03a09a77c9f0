import type { Repaired } from '../engine/repair.ts';
import { LabnetError } from '../errors.ts';
import { listImages } from '../image/store.ts';
import { checkUnchanged, quickDifference } from '../image/store-check.ts';
import type { StoredImage } from '../image/stored-image.ts';
import type { ResourceSpec } from '../resource/index.ts';
import type { Context } from './context.ts';

/** A base image that a lab's disks lie on. */
export interface BaseImage {
  /** The name of the image in reports: "image:debian-11". */
  readonly id: string;
  /**
   * The stored image; undefined when its name is forgotten or points to a newer one: then nothing is known of it but
   * its path.
   */
  readonly image: StoredImage | undefined;
  /**
   * What differs from the image as it was stored, as far as it shows without reading the image; undefined when nothing
   * does.
   */
  readonly difference: string | undefined;
}

/** The base images of a lab's disks, as they are now. */
export async function lookAtBases(
  specs: readonly ResourceSpec[],
  { host, roots }: Pick<Context, 'host' | 'roots'>,
): Promise<readonly BaseImage[]> {
  const paths = new Set(specs.flatMap((spec) => (spec.kind === 'overlay' ? [spec.backing] : [])));
  if (paths.size === 0) return [];
  const images = await listImages(host, roots);
  return Promise.all(
    [...paths].map(async (path) => {
      const image = images.find((one) => one.path === path);
      const id = `image:${image?.name ?? path}`;
      if (image !== undefined) return { id, image, difference: await quickDifference(image, host) };
      return { id, image, difference: (await host.stat(path)) === undefined ? `${path} is gone` : undefined };
    }),
  );
}

/**
 * Repairs a base image that looks changed by reading it: if its content is what was stored, its new date is noted;
 * nothing else helps.
 */
export async function repairBase(
  { id, image, difference }: BaseImage,
  { host, roots }: Context,
): Promise<Repaired> {
  if (difference === undefined) return { id, outcome: 'nothing to do' };
  if (image === undefined)
    return { id, outcome: 'not repaired', reason: difference, hint: 'labnet image list' };
  try {
    await checkUnchanged(image, host, roots);
    return { id, outcome: 'repaired', found: `${difference}; its content is the same` };
  } catch (error) {
    if (!(error instanceof LabnetError)) throw error;
    return { id, outcome: 'not repaired', reason: error.message, hint: error.hint };
  }
}
