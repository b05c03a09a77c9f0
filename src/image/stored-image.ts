import { dirname } from 'node:path';
import { LabnetError } from '../errors.ts';
import type { Roots } from '../paths.ts';
import * as z from '../zod.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * A file of the store as it was when it came in. If size, time and inode are as noted, the content is not read again.
 */
const contentSchema = z.strictObject({
  sha256,
  /** Bytes of the file. */
  size: z.number(),
  mtimeMs: z.number(),
  inode: z.number(),
});

/** What is noted of a file of the store. */
export type StoredContent = z.infer<typeof contentSchema>;

/** What QEMU needs to start the image's kernel itself, without firmware and boot loader. */
const directBootSchema = z.strictObject({
  kernel: contentSchema,
  initrd: contentSchema,
  /** The kernel's command line, as the image's own boot loader gives it. */
  arguments: z.string(),
});

/** What QEMU needs to start an image's kernel itself. */
export type DirectBoot = z.infer<typeof directBootSchema>;

/** The ways in which an image comes into the store. */
export const sourceSchema = z.enum(['build', 'pull', 'import']);

/** What the store notes of an image: one such file a name. */
export const storedImageSchema = z.strictObject({
  ...contentSchema.shape,
  name: z.string(),
  /** Bytes the guest sees. */
  virtualSize: z.number(),
  /** Absent where the image boots by the firmware alone, as those do that labnet has not built. */
  direct: directBootSchema.optional(),
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

/** What is told of an image when it is stored. */
export type ImageMetadata = Pick<ImageEntry, 'name' | 'source' | 'recipe' | 'notes'>;

/** The kinds of files in the store, each under its own hash. */
export const contentKinds = ['qcow2', 'kernel', 'initrd'] as const;
/** A kind of file in the store. */
export type ContentKind = (typeof contentKinds)[number];

/** The path of a file of the store in this directory. */
export function fileIn(directory: string, digest: string, kind: ContentKind = 'qcow2'): string {
  return `${directory}/${digest}.${kind}`;
}

/** The path of what the store in this directory notes of an image. */
export function entryIn(directory: string, name: string): string {
  return `${directory}/${name}.json`;
}

const ownDirectory = ({ state }: Roots) => `${state}/images`;

/** Where labnet's own store keeps things. */
export const storePaths = {
  directory: ownDirectory,
  file: (roots: Roots, digest: string, kind: ContentKind = 'qcow2') =>
    fileIn(ownDirectory(roots), digest, kind),
  entry: (roots: Roots, name: string) => entryIn(ownDirectory(roots), name),
} as const;

/** What planning needs of an image. */
export function imageFacts({ name, path, virtualSize: size, direct, source }: StoredImage) {
  const image = { name, path, size, ...(source === 'build' ? {} : { foreign: true as const }) };
  if (direct === undefined) return image;
  const { kernel, initrd, arguments: words } = direct;
  return {
    ...image,
    direct: {
      kernel: fileIn(dirname(path), kernel.sha256, 'kernel'),
      initrd: fileIn(dirname(path), initrd.sha256, 'initrd'),
      arguments: words,
    },
  };
}

/**
 * Refuses a text that cannot name an image: names become file names and words of command lines.
 *
 * @throws LabnetError usage
 */
export function checkImageName(name: string): void {
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) {
    throw new LabnetError('usage', `${JSON.stringify(name)} cannot name an image`, {
      hint: 'up to 63 of a-z, 0-9, dot, dash and underscore, the first a letter or a digit',
    });
  }
}

/**
 * Reads the entry of an image in the store of this directory.
 *
 * @throws LabnetError host-cannot when the entry cannot be understood
 */
export function parseEntry(name: string, text: string, directory: string): StoredImage {
  try {
    const entry = storedImageSchema.parse(JSON.parse(text));
    return { ...entry, path: fileIn(directory, entry.sha256) };
  } catch (cause) {
    throw new LabnetError('host-cannot', `${entryIn(directory, name)} is damaged`, {
      cause,
      hint: `remove it with "sudo labnet image remove ${name}" and make the image anew`,
    });
  }
}
