import { join } from 'node:path';
import { execa } from 'execa';

/** Makes labnet's Debian package of the checkout. @returns its path */
export async function makePackage(checkout: string, directory: string): Promise<string> {
  const { stdout } = await execa('node', [join(checkout, 'packaging', 'deb.js'), directory], {
    cwd: checkout,
  });
  return stdout.trim().split('\n').at(-1) ?? '';
}
