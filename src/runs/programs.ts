import { requiredPrograms } from '../image/required-programs.ts';
import { findImage } from '../image/store.ts';
import { refuseToBuild } from '../image-build/build.ts';
import { installPackages, missingPackages, requirePrograms } from '../preflight/packages.ts';
import type { Context } from './context.ts';

/**
 * Sees to it that some programs are there: installs them with --yes, otherwise names them.
 *
 * @throws LabnetError missing-program
 */
export async function providePrograms(
  programs: readonly string[],
  { host, options, say }: Context,
): Promise<void> {
  // A user installs nothing on the PC: he is told what the admin has to type.
  if (options.yes && host.ground === 'pc') {
    const packages = await missingPackages(programs);
    if (packages.length > 0) {
      say(`Installing ${packages.join(', ')}`);
      await installPackages(packages, host, options.verbose ? say : () => {});
    }
  }
  await requirePrograms(programs, host);
}

/**
 * Sees to it that the programs are there that making an image takes; they are needed only while there is no such image.
 */
export async function provideImagePrograms(image: string, context: Context): Promise<void> {
  if ((await findImage(image, context.host, context.roots)) !== undefined) return;
  refuseToBuild(context.host);
  await providePrograms(requiredPrograms.build, context);
}
