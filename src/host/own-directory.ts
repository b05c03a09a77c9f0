import type { Stats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabnetError } from '../errors.ts';
import { groundHere } from '../ground-kind.ts';
import { list } from './files.ts';

/**
 * Sees to it that a directory may become, or is, labnet's own; it need not exist yet.
 *
 * @param options `swept`: labnet also sets its mode and removes what a killed run has left in it
 * @throws LabnetError usage when another may write to it or rename it, when it holds other things, or when the VMs'
 *   uids cannot pass to it.
 */
export async function requireOwnDirectory(path: string, { swept = false } = {}): Promise<void> {
  const found = await stat(path).catch(noneIfMissing);
  if (found !== undefined) {
    if (!found.isDirectory()) throw unusable(path, 'is no directory');
    if (found.uid !== process.getuid?.())
      throw unusable(
        path,
        `belongs to uid ${found.uid}, not to ${process.getuid?.() === 0 ? 'root' : 'you'}`,
      );
    const mode = (found.mode & 0o7777).toString(8).padStart(4, '0');
    if ((found.mode & 0o022) !== 0) throw unusable(path, `can be written by others (mode ${mode})`);
    // labnet's own are closed to looks; one that is not was made by another, and holds another's things.
    const isOthers = swept && (found.mode & 0o044) !== 0 && (await list(path)).length > 0;
    if (isOthers) throw unusable(path, `is in use by others (mode ${mode}, and not empty)`);
  }
  const ground = groundHere();
  // Inside a user's own host each file of another looks like one of root's: it was looked at before (ground/enter.ts).
  if (ground === 'own' && process.getuid?.() === 0) return;
  const above = parentsOf(path);
  for (const one of [path, ...above]) {
    const facts = await lstat(one).catch(noneIfMissing);
    if (facts?.isSymbolicLink() === true && !isOurs(facts))
      throw unusable(path, `can be led elsewhere by others: the link ${one} belongs to uid ${facts.uid}`);
  }
  for (const parent of [...above, ...(await behindLinks(above))]) {
    const facts = await stat(parent).catch(noneIfMissing);
    if (facts === undefined) continue;
    if (!facts.isDirectory()) throw unusable(path, `cannot be: ${parent} is no directory`);
    // Whoever may rename in a parent can put another directory in the place of labnet's, under root's hands.
    const whose = othersOf(facts);
    if (whose !== undefined) throw unusable(path, `can be moved away by others: ${parent} ${whose}`);
    // A user's VMs have his own uid.
    if (ground === 'pc' && (facts.mode & 0o001) === 0) {
      const mode = (facts.mode & 0o7777).toString(8).padStart(4, '0');
      throw unusable(
        path,
        `cannot be reached by the VMs, which run as nobody's uids: ${parent} has mode ${mode}`,
      );
    }
  }
}

/** The directories above a path, the nearest first, without the root. */
function parentsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === '/' || parent === path ? [] : [parent, ...parentsOf(parent)];
}

/**
 * The nearest of these directories that is there, by its name without links, and those above it; none without a link.
 */
async function behindLinks(parents: readonly string[]): Promise<readonly string[]> {
  for (const parent of parents) {
    const real = await realpath(parent).catch(noneIfMissing);
    if (real !== undefined) return real === parent ? [] : [real, ...parentsOf(real)];
  }
  return [];
}

const isOurs = ({ uid }: Pick<Stats, 'uid'>) => uid === 0 || uid === process.getuid?.();

/**
 * Why others than root and ourselves may rename what lies in this directory. In a sticky one each may rename his own
 * alone (inode(7)), and what is in it is looked at by itself.
 */
function othersOf({ mode, uid }: Stats): string | undefined {
  if (!isOurs({ uid })) return `belongs to uid ${uid}`;
  const isSticky = (mode & 0o1000) !== 0;
  if (isSticky || (mode & 0o022) === 0) return undefined;
  return `has mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
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
