import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** The digest of a file in hexadecimal, read in pieces: images do not fit into memory. */
export async function hashFile(
  path: string,
  algorithm: 'sha256' | 'sha512',
  signal?: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash(algorithm);
  const stream = createReadStream(path, {
    highWaterMark: 1024 * 1024,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const piece of stream) hash.update(piece);
  return hash.digest('hex');
}
