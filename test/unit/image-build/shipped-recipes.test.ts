import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseRecipe } from '../../../src/image-build/recipe.ts';
import { shipped } from '../../../src/paths.ts';

const names = (await readdir(shipped.images)).map((file) => file.replace('.yaml', ''));
const official = ['archive.debian.org'];

test('Debian 11, 12 and 13 are shipped', () => {
  expect(names).toEqual(expect.arrayContaining(['debian-11', 'debian-12', 'debian-13']));
});

describe.each(names)('%s', async (name) => {
  const recipe = await parseRecipe(name, await readFile(`${shipped.images}/${name}.yaml`, 'utf8'));

  test('tries the host’s own mirror first and an archive last', () => {
    expect(recipe.mirrors[0]).toBe('host');
    expect(recipe.mirrors.at(-1)).toMatchObject({ archive: expect.stringContaining('archive.debian.org') });
  });

  test('names only Debian’s own servers', () => {
    const urls = recipe.mirrors.flatMap((mirror) => (mirror === 'host' ? [] : Object.values(mirror)));
    expect(urls.map((url) => new URL(url ?? '').hostname).every((server) => official.includes(server))).toBe(
      true,
    );
  });

  test('boots to eth0 and a serial console, with the kernel that has e1000', () => {
    expect(recipe.packages).toContain('linux-image-amd64');
    expect(recipe.kernelArguments).toEqual(expect.arrayContaining(['net.ifnames=0', 'console=ttyS0,115200']));
  });

  test('pulls over https, from one place', () => {
    expect(recipe.pull.url).toMatch(/^https:.*generic-amd64\.qcow2$/);
    expect(recipe.pull.sums).toBe(new URL('SHA512SUMS', recipe.pull.url).href);
  });
});
