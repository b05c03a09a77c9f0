import { describe, expect, test } from 'vitest';
import { listRecipes, loadRecipe, parseRecipe, type Recipe } from '../../../src/image-build/recipe.ts';
import { partialHost } from '../../fakes/partial-host.ts';
import { recipe } from './sample-recipe.ts';

const yaml = (changes: Record<string, unknown> = {}) => JSON.stringify({ ...recipe, ...changes });

const files: Record<string, string> = { 'a.yaml': yaml({ name: 'a' }), 'README.md': '' };
const host = partialHost({
  list: async () => Object.keys(files),
  read: async (path) => files[path.replace('/recipes/', '')],
});

test('lists the recipes and nothing else', async () => {
  expect(await listRecipes(host, '/recipes')).toEqual(['a']);
});

test('loads one by name', async () => {
  const loaded: Recipe = await loadRecipe('a', host, '/recipes');
  expect(loaded).toEqual({ ...recipe, name: 'a' });
});

test.each(['b', '../a', 'README.md', ''])('has none called %j, and says which there are', async (name) => {
  await expect(loadRecipe(name, host, '/recipes')).rejects.toMatchObject({
    code: 'usage',
    hint: 'recipes: a',
  });
});

describe('refuses', () => {
  test.each<[string, string, RegExp]>([
    ['what is no YAML', '[', /no YAML/],
    ['an unknown key', yaml({ colour: 'red' }), /colour/],
    ['a name that is not the file’s', yaml({ name: 'b' }), /calls itself b/],
    ['an option posing as a package', yaml({ packages: ['--hook=x'] }), /packages/],
    ['a comma in a package', yaml({ packages: ['a,b'] }), /packages/],
    ['a blank in a suite', yaml({ suite: 'bullseye main' }), /suite/],
    ['no mirror', yaml({ mirrors: [] }), /mirrors/],
    ['a mirror that is a file', yaml({ mirrors: [{ archive: 'file:///srv' }] }), /mirrors/],
    ['a new line in a kernel argument', yaml({ kernelArguments: ['a\nb'] }), /kernelArguments/],
    ['a disk of no size', yaml({ sizeGiB: 0 }), /sizeGiB/],
  ])('%s', async (_, text, reason) => {
    await expect(parseRecipe(recipe.name, text)).rejects.toThrow(reason);
  });
});
