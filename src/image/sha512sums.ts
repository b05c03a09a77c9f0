import { LabnetError } from '../errors.ts';

/**
 * The checksum of a file in the text of a SHA512SUMS (sha512sum(1): digest, blank, blank or asterisk, name).
 * @throws LabnetError failed when the file is not listed, or listed twice with different sums.
 */
export function checksumOf(file: string, text: string, url: string): string {
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    const [, digest, name] = /^([0-9a-f]{128}) [ *](.+?)\r?$/i.exec(line) ?? [];
    if (digest !== undefined && (name === file || name === `./${file}`)) found.add(digest.toLowerCase());
  }
  const [digest, another] = found;
  if (digest === undefined)
    throw new LabnetError('failed', `${url} lists no ${file}: nothing to check a download by`);
  if (another !== undefined)
    throw new LabnetError('failed', `${url} lists ${file} twice, with different checksums`);
  return digest;
}
