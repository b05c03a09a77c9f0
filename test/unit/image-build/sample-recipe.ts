import type { Recipe } from '../../../src/image-build/recipe.ts';

/** A small recipe for tests. */
export const recipe: Recipe = {
  name: 'sample',
  title: 'Sample 1',
  suite: 'bullseye',
  architecture: 'amd64',
  components: ['main'],
  mirrors: ['host', { archive: 'http://one.test/debian', security: 'http://one.test/security' }],
  security: { suite: 'bullseye-security', optional: true },
  packages: ['less', 'linux-image-amd64'],
  kernelArguments: ['net.ifnames=0', 'console=ttyS0,115200'],
  sizeGiB: 2,
  pull: { url: 'https://cloud.test/image.qcow2', sums: 'https://cloud.test/SHA512SUMS' },
};
