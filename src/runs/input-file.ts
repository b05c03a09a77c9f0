import { LabnetError, messageOf } from '../errors.ts';
import { largest } from '../lab/document.ts';
import { readUtf8 } from '../lab/utf8.ts';
import { formatDiagnostics } from '../report/diagnostic.ts';
import type { Context } from './context.ts';

/**
 * The text of a file that the user names; undefined when there is none. One that is too large is cut.
 *
 * @throws LabnetError usage when it cannot be read, or is no UTF-8.
 */
export async function readInputFile(path: string, { host, signal }: Context): Promise<string | undefined> {
  const bytes = await host.readInput(path, { most: largest, signal }).catch((error: unknown) => {
    throw new LabnetError('usage', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  // A text that is too large may be cut in the middle of a character; its length is what it is refused for.
  if (bytes === undefined || bytes.length > largest) return bytes?.toString();
  const read = readUtf8(bytes, path);
  if (typeof read === 'string') return read;
  throw new LabnetError('usage', formatDiagnostics([read.mistake], read.shown), {
    position: read.mistake.position,
  });
}
