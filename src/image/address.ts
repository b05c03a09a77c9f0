import { LabnetError } from '../errors.ts';

/**
 * Reads an address to download from.
 *
 * @throws LabnetError usage for another protocol, or for an address with a user's name or password, which would stand
 *   in messages and in the image's notes; so the message does not repeat them
 */
export function webAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new LabnetError('usage', `an address on ${url.host} must not hold a user name or a password`, {
      hint: 'download the file yourself, then sudo labnet image import FILE --name NAME',
    });
  }
  if (url !== undefined && /^https?:$/.test(url.protocol) && /^[!-~]+$/.test(text)) return url;
  const shown = /[@?#]/.test(text) ? 'what was given' : JSON.stringify(text);
  throw new LabnetError('usage', `${shown} is no http address of a file`);
}

/** The address as it may be shown: what follows a question mark can be a secret. */
export function shownAddress({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}
