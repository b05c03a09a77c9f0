/** The recipes in images/: what a base image is made of, and where from. */
import { parseDocument } from 'yaml';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { shipped } from '../paths.ts';
import * as z from '../zod.ts';

const url = z.url({ protocol: /^https?$/ });
/** The name of a package, as Debian Policy 5.6.7 has it. */
const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/);
const word = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/);

const mirrorSchema = z.strictObject({ archive: url, security: url.optional() });

/** What a recipe must say. */
export const recipeSchema = z.strictObject({
  /** The image's name in the store and the recipe's file name. */
  name: word,
  /** The title for people: "Debian 11 (bullseye)". */
  title: z.string(),
  suite: word,
  architecture: z.literal('amd64'),
  components: z.array(word).min(1),
  /** The mirrors in the order they are tried; "host" is the mirror of this host's own apt, where it is Debian. */
  mirrors: z.array(z.union([z.literal('host'), mirrorSchema])).min(1),
  security: z.strictObject({
    suite: word,
    /** Whether the suite is left out when its mirror cannot deliver it. */
    optional: z.boolean(),
  }),
  packages: z.array(packageName).min(1),
  kernelArguments: z.array(z.string().regex(/^[!-~]+$/)),
  /** Size of the image's disk. */
  sizeGiB: z.int().min(1).max(64),
  /** Debian's own image and the SHA512SUMS that lists it. */
  pull: z.strictObject({ url, sums: url }),
});

/** What a base image is made of, and where from. */
export type Recipe = z.infer<typeof recipeSchema>;

/** A Debian mirror: base URLs without a slash at the end. */
export type Mirror = z.infer<typeof mirrorSchema>;

/** Names of the shipped recipes, sorted. */
export async function listRecipes(
  host: Host,
  directory: string = shipped.images,
): Promise<readonly string[]> {
  const files = await host.list(directory);
  return files.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -'.yaml'.length));
}

/**
 * Reads a shipped recipe.
 *
 * @throws LabnetError usage when there is no such recipe, failed when the recipe itself is wrong
 */
export async function loadRecipe(
  name: string,
  host: Host,
  directory: string = shipped.images,
): Promise<Recipe> {
  const names = await listRecipes(host, directory);
  const text = names.includes(name) ? await host.read(`${directory}/${name}.yaml`) : undefined;
  if (text === undefined) {
    throw new LabnetError('usage', `there is no recipe for an image ${JSON.stringify(name)}`, {
      hint: `recipes: ${names.join(', ')}`,
    });
  }
  return parseRecipe(name, text);
}

/** Reads the text of a recipe. @throws LabnetError failed, with every mistake */
export async function parseRecipe(name: string, text: string): Promise<Recipe> {
  const document = parseDocument(text);
  const broken = document.errors[0];
  if (broken !== undefined) {
    throw new LabnetError('failed', `the recipe ${name} is no YAML: ${broken.message}`, { cause: broken });
  }
  const parsed = recipeSchema.safeParse(document.toJS());
  if (!parsed.success) {
    throw new LabnetError('failed', `the recipe ${name} is wrong:\n${z.prettifyError(parsed.error)}`);
  }
  if (parsed.data.name !== name) {
    throw new LabnetError('failed', `the recipe ${name} calls itself ${parsed.data.name}`);
  }
  return parsed.data;
}
