import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const root = new URL('../..', import.meta.url).pathname;

/** Where images that tests build are kept from run to run. */
export const testCache = process.env.LABNET_TEST_CACHE ?? '/var/cache/labnet-tests';

/**
 * A store with the Debian image of that name, built by labnet itself the first time and again whenever the recipe or
 * the code that builds has changed.
 *
 * @returns the state directory that holds the store
 */
export async function baseImage(name: string, cli: string): Promise<string> {
  const state = join(testCache, digestOfBuilder(name));
  if (existsSync(join(state, 'images', `${name}.json`))) return state;
  mkdirSync(state, { recursive: true });
  const env = {
    LABNET_STATE: state,
    LABNET_CACHE: join(testCache, 'cache'),
    LABNET_RUN: join(testCache, 'run'),
  };
  await execa('node', [cli, 'image', 'build', name, '--yes'], { env });
  return state;
}

function digestOfBuilder(name: string): string {
  const hash = createHash('sha256');
  const files = [join(root, 'images', `${name}.yaml`), ...sources()];
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

function sources(): readonly string[] {
  return [
    'boot-disk',
    'direct-boot',
    'guest-files',
    'kernel-modules',
    'mini-initrd',
    'mirrors',
    'root-tree',
  ].map((file) => join(root, 'src', 'image-build', `${file}.ts`));
}
