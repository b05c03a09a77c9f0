import { dirname } from 'node:path';
import { LabnetError } from '../errors.ts';
import { importImage } from '../image/import.ts';
import { pullImage } from '../image/pull.ts';
import { requiredPrograms } from '../image/required-programs.ts';
import { listShared, sharedStore } from '../image/shared-store.ts';
import { findImage, listImages, noSuchImage } from '../image/store.ts';
import { fullCheck } from '../image/store-check.ts';
import type { StoredImage } from '../image/stored-image.ts';
import { buildImage } from '../image-build/build.ts';
import { listRecipes, loadRecipe } from '../image-build/recipe.ts';
import { formatDisk } from '../lab/quantity.ts';
import { table } from '../report/table.ts';
import type { Context, Result } from '../runs/context.ts';
import { providePrograms } from '../runs/programs.ts';

/** Lists what is in the store, and which recipes could fill it. */
export async function imageList({ host, roots, say }: Context): Promise<Result<'image-list'>> {
  const hasShared = sharedStore(roots) !== undefined;
  const { refused } = await listShared(host, roots);
  for (const { name, reason } of refused)
    say(`the image ${name} of this PC's own store is refused: ${reason}`);
  const images = await listImages(host, roots);
  const recipes = await listRecipes(host);
  const stored = images.map(({ name, size, source, created, sha256, path }) => [
    name,
    source,
    formatDisk(size),
    created.slice(0, 10),
    sha256.slice(0, 12),
    ...(hasShared ? [dirname(path)] : []),
  ]);
  const missing = recipes.filter((name) => !images.some((image) => image.name === name));
  const rows = [...stored, ...missing.map((name) => [name, 'recipe', '', '', 'not built yet'])];
  return {
    json: { ok: true, images, recipes, ...(hasShared ? { refused } : {}) },
    text: table([['NAME', 'SOURCE', 'SIZE', 'MADE', 'SHA-256', ...(hasShared ? ['IN'] : [])], ...rows]),
  };
}

/** The flags of `labnet image build`. */
export interface ImageBuildOptions {
  readonly mirror?: string | undefined;
}

/** Builds the image of a recipe and stores it under the recipe's name. */
export async function imageBuild(
  name: string,
  { mirror }: ImageBuildOptions,
  context: Context,
): Promise<Result<'image-build'>> {
  const { host, roots, signal, say } = context;
  await provide('build', context);
  return made(
    await buildImage(await loadRecipe(name, host), { mirror, onProgress: say, signal }, host, roots),
  );
}

/** The flags of `labnet image pull`. */
export interface ImagePullOptions {
  readonly url?: string | undefined;
  readonly sums?: string | undefined;
}

/** Pulls the recipe's own cloud image, or with --url any other that a SHA512SUMS lists. */
export async function imagePull(
  name: string,
  { url, sums }: ImagePullOptions,
  context: Context,
): Promise<Result<'image-pull'>> {
  const { host, roots, signal } = context;
  if (sums !== undefined && url === undefined) {
    throw new LabnetError('usage', '--sums is for an image that --url names', {
      hint: "give both, or none for the recipe's own image",
    });
  }
  await provide('pull', context);
  const request =
    url === undefined ? { name, recipe: name, ...(await loadRecipe(name, host)).pull } : { name, url, sums };
  return made(await pullImage(request, { onProgress: percentages(context), signal }, host, roots));
}

/** The flags of `labnet image import`. */
export interface ImageImportOptions {
  readonly name?: string | undefined;
  readonly format?: string | undefined;
}

/** Stores a local image file, under the file's own name unless told. @throws LabnetError usage for an unknown format */
export async function imageImport(
  file: string,
  { name, format = 'qcow2' }: ImageImportOptions,
  context: Context,
): Promise<Result<'image-import'>> {
  const { host, roots, signal } = context;
  if (format !== 'qcow2' && format !== 'raw')
    throw new LabnetError('usage', `no format ${format}`, { hint: 'qcow2 or raw' });
  await provide('import', context);
  const stored = name ?? file.replace(/^.*\//, '').replace(/\.(qcow2|img|raw)$/, '');
  return made(await importImage(file, stored, { format, signal }, host, roots));
}

/** Prints what is known of an image, after its whole content has been compared with its hash. */
export async function imageInfo(name: string, context: Context): Promise<Result<'image-info'>> {
  const image = await stored(name, context);
  await fullCheck(image, context.signal);
  const { sha256, size, virtualSize, source, created, notes, path } = image;
  const rows = [
    ['name', name],
    ['path', path],
    ['sha-256', `${sha256} (checked)`],
    ['size', `${formatDisk(size)}, ${formatDisk(virtualSize)} seen by the guest`],
    ['made', `${created} by ${source}`],
    ...notes.map((note) => ['note', note]),
  ];
  return { json: { ok: true, image }, text: table(rows) };
}

async function stored(name: string, { host, roots }: Context): Promise<StoredImage> {
  const image = await findImage(name, host, roots);
  if (image !== undefined) return image;
  throw noSuchImage(name);
}

async function provide(what: keyof typeof requiredPrograms, context: Context): Promise<void> {
  await providePrograms(requiredPrograms[what], context);
}

function made(image: StoredImage): Result<'image-build'> {
  const { name, sha256, size, notes } = image;
  return {
    json: { ok: true, image },
    text: [`${name}: ${formatDisk(size)}, sha-256 ${sha256}`, ...notes.map((note) => `note: ${note}`)].join(
      '\n',
    ),
  };
}

/** Says a line each time another tenth has come, or another 100 MB where the length is not known. */
function percentages({ say }: Context): (bytes: number, total: number | undefined) => void {
  let told = -1;
  return (bytes, total) => {
    const tenth = total === undefined ? Math.floor(bytes / 100e6) : Math.floor((bytes / total) * 10);
    if (tenth === told) return;
    told = tenth;
    say(total === undefined ? `${formatDisk(bytes)}` : `${tenth * 10} % of ${formatDisk(total)}`);
  };
}
