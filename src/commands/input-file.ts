import { LabnetError, messageOf } from '../errors.ts';
import { largest } from '../lab/document.ts';
import type { Context } from './context.ts';

/** The text of a file that the user names; undefined when there is none. @throws LabnetError usage. */
export function readInputFile(path: string, { host, signal }: Context): Promise<string | undefined> {
  return host.readInput(path, { most: largest, signal }).catch((error: unknown) => {
    throw new LabnetError('usage', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  });
}
