/**
 * Builds every shipped recipe for real: root, mmdebstrap and a Debian mirror are needed. Not part of `npm test`.
 * LABNET_TEST_CACHE names a directory to work in; the images stay there. LABNET_TEST_MIRROR replaces the mirrors.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { findImage } from '../../src/image/store.ts';
import { fullCheck } from '../../src/image/store-check.ts';
import { buildImage } from '../../src/image-build/build.ts';
import { ensureImage } from '../../src/image-build/ensure.ts';
import { listRecipes, loadRecipe } from '../../src/image-build/recipe.ts';
import type { Roots } from '../../src/paths.ts';

const host = localHost();
const names = await listRecipes(host);
const tenMinutes = 600_000;
const mirror = process.env.LABNET_TEST_MIRROR;

let base: string;
let roots: Roots;

beforeAll(async () => {
  base = process.env.LABNET_TEST_CACHE ?? (await mkdtemp(join(tmpdir(), 'labnet-images-')));
  // The uid that converts images passes through it.
  await chmod(base, 0o711);
  roots = { state: `${base}/state`, run: `${base}/run`, cache: `${base}/cache` };
});

afterAll(async () => {
  if (process.env.LABNET_TEST_CACHE === undefined) await rm(base, { recursive: true, force: true });
});

describe.each(names)('%s', (name) => {
  test('builds, and leaves nothing but the image', { timeout: tenMinutes }, async () => {
    const recipe = await loadRecipe(name, host);
    const lines: string[] = [];
    const image = await buildImage(recipe, { mirror, onProgress: (line) => lines.push(line) }, host, roots);
    expect(lines).toContain(`storing ${name}`);
    expect(image).toMatchObject({
      name,
      source: 'build',
      recipe: name,
      virtualSize: recipe.sizeGiB * 2 ** 30,
    });
    expect(image.size).toBeLessThan(recipe.sizeGiB * 2 ** 30);
    expect((await host.stat(image.path))?.mode).toBe(0o444);
    expect(await host.list(roots.cache)).toEqual([]);
    await fullCheck(image);
  });

  test('is found and not built again', async () => {
    const stored = await findImage(name, host, roots);
    expect(await ensureImage(name, {}, host, roots)).toEqual(stored);
  });

  test('holds a file system in order, and the files that a guest needs', {
    timeout: tenMinutes,
  }, async () => {
    const image = await findImage(name, host, roots);
    const raw = `${base}/${name}.raw`;
    await host.run(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', image?.path ?? '', raw], {
      timeout: tenMinutes,
    });
    try {
      await host.run(['e2fsck', '-f', '-n', `${raw}?offset=1048576`], { timeout: tenMinutes });
      const cat = async (path: string) =>
        (await host.run(['debugfs', '-R', `cat ${path}`, `${raw}?offset=1048576`])).stdout;
      expect(await cat('/etc/fstab')).toContain('LABEL=root / ext4');
      expect(await cat('/etc/machine-id')).toBe('');
      expect(await cat('/etc/resolv.conf')).toBe('');
      expect(await cat('/etc/network/interfaces')).toContain('source /etc/network/interfaces.d/*');
      expect(await cat('/boot/grub/grub.cfg')).toContain('console=ttyS0,115200');
      expect(await cat('/var/lib/dpkg/status')).toMatch(
        /^Package: linux-image-amd64\nStatus: install ok installed/m,
      );
    } finally {
      await rm(raw, { force: true });
    }
  });
});
