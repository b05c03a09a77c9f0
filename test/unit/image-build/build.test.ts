import { expect, test } from 'vitest';
import { buildImage, refuseToBuild } from '../../../src/image-build/build.ts';
import { partialHost } from '../../fakes/partial-host.ts';
import { recipe } from './sample-recipe.ts';

const roots = { state: '/s', run: '/r', cache: '/c' };

test('an ordinary user builds no image, and is told how to get one', async () => {
  expect(() => refuseToBuild({ ground: 'pc' })).not.toThrow();
  await expect(buildImage(recipe, {}, partialHost({ ground: 'own' }), roots)).rejects.toMatchObject({
    code: 'host-cannot',
    hint: expect.stringMatching(/labnet image pull .*; or ask the admin/),
  });
});
