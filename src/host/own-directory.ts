import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabnetError } from '../errors.ts';
import { list } from './files.ts';

/**
 * Sees to it that a directory may become, or is, labnet's own; it need not exist yet.
 *
 * @param options `swept`: labnet also sets its mode and removes what a killed run has left in it
 * @throws LabnetError usage when another may write to it, when it holds other things, or when the VMs' uids cannot
 *   pass to it.
 */
export async function requireOwnDirectory(path: string, { swept = false } = {}): Promise<void> {
  const found = await stat(path).catch(noneIfMissing);
  if (found !== undefined) {
    if (!found.isDirectory()) throw unusable(path, 'is no directory');
    if (found.uid !== process.getuid?.()) throw unusable(path, `belongs to uid ${found.uid}, not to root`);
    const mode = (found.mode & 0o7777).toString(8).padStart(4, '0');
    if ((found.mode & 0o022) !== 0) throw unusable(path, `can be written by others (mode ${mode})`);
    // labnet's own are closed to looks; one that is not was made by another, and holds another's things.
    const isOthers = swept && (found.mode & 0o044) !== 0 && (await list(path)).length > 0;
    if (isOthers) throw unusable(path, `is in use by others (mode ${mode}, and not empty)`);
  }
  for (let parent = dirname(path); parent !== '/'; parent = dirname(parent)) {
    const facts = await stat(parent).catch(noneIfMissing);
    if (facts === undefined) continue;
    if (!facts.isDirectory()) throw unusable(path, `cannot be: ${parent} is no directory`);
    if ((facts.mode & 0o001) === 0) {
      const mode = (facts.mode & 0o7777).toString(8).padStart(4, '0');
      throw unusable(
        path,
        `cannot be reached by the VMs, which run as nobody's uids: ${parent} has mode ${mode}`,
      );
    }
  }
}

function noneIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
  return undefined;
}

function unusable(path: string, reason: string): LabnetError {
  return new LabnetError('usage', `${path} ${reason}`, {
    hint: 'LABNET_STATE, LABNET_RUN and LABNET_CACHE name directories that labnet makes itself',
  });
}
