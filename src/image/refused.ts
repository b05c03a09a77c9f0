import { LabnetError } from '../errors.ts';
import { quoteWord } from '../host/shell-quote.ts';

/**
 * The error for an image that labnet does not take. In the hint FILE stands for the image and NEW for one to be made of
 * it, until `namedIn` knows what they are called.
 */
export function refusedImage(reason: string, hint?: string): LabnetError {
  return new LabnetError('host-cannot', `this is no image that labnet takes: ${reason}`, { hint });
}

/** What an image is called, as a file and in the store. */
export interface ImageNames {
  /** The path of the file. */
  readonly file: string;
  /** The name that the image is to get in the store. */
  readonly name: string;
}

/** An error about an image with its file's name, and with lines to type that work as they are. */
export function namedIn(error: unknown, { file, name }: ImageNames): unknown {
  if (!(error instanceof LabnetError) || error.code !== 'host-cannot') return error;
  const fresh = `${file.replace(/(?<=[^/])\.[^./]*$/, '')}-new.qcow2`;
  const words: Readonly<Record<string, string>> = {
    FILE: quoteWord(file),
    // Within an option's value a comma is doubled (QEMU's keyval syntax).
    OPTION: quoteWord(`file.filename=${file.replaceAll(',', ',,')}`),
    NEW: quoteWord(fresh),
    NAME: name,
  };
  const hint = error.hint?.replaceAll(/\b(?:FILE|OPTION|NEW|NAME)\b/g, (word) => words[word] ?? word);
  return new LabnetError(error.code, `${file}: ${error.message}`, { hint, cause: error });
}

/** The last line of a hint that tells how to make an image of what is there. */
export const thenImport = '\nsudo labnet image import NEW --name NAME';

/** The hint for a file that is not what its maker has published. */
export const getAgain =
  'download or copy it again, and compare its checksum with the one that its maker tells: sha512sum FILE';
