import * as z from 'zod';
import { LabnetError } from '../errors.ts';
import type { Roots } from '../paths.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const sourceSchema = z.enum(['build', 'pull', 'import']);

/** What the store notes of an image: one such file a name. */
export const storedImageSchema = z.strictObject({
  name: z.string(),
  sha256,
  /** Bytes of the file. */
  size: z.number(),
  /** Bytes the guest sees. */
  virtualSize: z.number(),
  /** With size and inode: if all three are as stored, the content is not read again. */
  mtimeMs: z.number(),
  inode: z.number(),
  source: sourceSchema,
  recipe: z.string().optional(),
  /** When it was stored, ISO 8601. */
  created: z.iso.datetime(),
  /** What whoever uses it ought to know: a suite left out, a checksum not authenticated. */
  notes: z.array(z.string()),
});

type ImageEntry = z.infer<typeof storedImageSchema>;

/** An image in the store, and the path of its file. */
export interface StoredImage extends ImageEntry {
  readonly path: string;
}

export type ImageMetadata = Pick<ImageEntry, 'name' | 'source' | 'recipe' | 'notes'>;

/** Where the store keeps things. */
export const storePaths = {
  directory: (roots: Roots) => `${roots.state}/images`,
  file: (roots: Roots, digest: string) => `${roots.state}/images/${digest}.qcow2`,
  entry: (roots: Roots, name: string) => `${roots.state}/images/${name}.json`,
} as const;

/** Image names become file names and words of command lines. @throws LabnetError usage. */
export function checkImageName(name: string): void {
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) {
    throw new LabnetError('usage', `${JSON.stringify(name)} cannot name an image`, {
      hint: 'up to 63 of a-z, 0-9, dot, dash and underscore, the first a letter or a digit',
    });
  }
}

/** @throws LabnetError host-cannot when the entry cannot be understood. */
export function parseEntry(name: string, text: string, roots: Roots): StoredImage {
  try {
    const entry = storedImageSchema.parse(JSON.parse(text));
    return { ...entry, path: storePaths.file(roots, entry.sha256) };
  } catch (cause) {
    throw new LabnetError('host-cannot', `${storePaths.entry(roots, name)} is damaged`, {
      cause,
      hint: `remove it with "labnet image remove ${name}" and make the image anew`,
    });
  }
}
