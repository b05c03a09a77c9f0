import { requiredPrograms } from '../image/required-programs.ts';
import { findImage } from '../image/store.ts';
import { installPackages, missingPackages, requirePrograms } from '../preflight/packages.ts';
import type { Context } from './context.ts';

/** Sees to it that the programs are there: installs them with --yes, otherwise names them. @throws missing-program. */
export async function providePrograms(
  programs: readonly string[],
  { host, options, say }: Context,
): Promise<void> {
  if (options.yes) {
    const packages = await missingPackages(programs);
    if (packages.length > 0) {
      say(`Installing ${packages.join(', ')}`);
      await installPackages(packages, host, options.verbose ? say : () => {});
    }
  }
  await requirePrograms(programs);
}

/** The programs that making an image takes are needed only while there is none. */
export async function provideImagePrograms(image: string, context: Context): Promise<void> {
  if ((await findImage(image, context.host, context.roots)) !== undefined) return;
  await providePrograms(requiredPrograms.build, context);
}
