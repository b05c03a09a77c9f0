/**
 * What of this PC's files is root's: an ordinary user goes by a file of another only where root alone can have put it
 * there.
 */
import type { Stats } from 'node:fs';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The uid that root's files bear, as this process sees them: 0, or in a user namespace that has no root of the PC's the
 * one that stands for all whom it does not know (user_namespaces(7)).
 *
 * @param map /proc/self/uid_map
 * @param overflow /proc/sys/kernel/overflowuid
 */
export function uidOfRoot(map: string, overflow: string): number {
  for (const line of map.trim().split('\n')) {
    const [inner, outer] = line.trim().split(/\s+/).map(Number);
    if (outer === 0 && inner !== undefined) return inner;
  }
  return Number(overflow.trim());
}

async function rootsUid(): Promise<number> {
  const [map, overflow] = await Promise.all(
    ['/proc/self/uid_map', '/proc/sys/kernel/overflowuid'].map((path) => readFile(path, 'utf8')),
  );
  return uidOfRoot(map ?? '', overflow ?? '');
}

/**
 * Why a directory may hold what others than root have put there; undefined where it cannot. The directories above it
 * are looked at, and those behind links.
 */
export async function whyNotRootsDirectory(path: string): Promise<string | undefined> {
  const root = await rootsUid();
  const real = await realpath(path);
  for (const one of new Set([path, ...parentsOf(path), real, ...parentsOf(real)])) {
    const facts = await lstat(one);
    const why = facts.isSymbolicLink() ? whose(facts, root) : whyNotRoots(facts, root, one !== real);
    if (why !== undefined) return `${one} ${why}`;
  }
  return undefined;
}

/** Why a file in such a directory is no plain file of root's; undefined where it is one. */
export async function whyNotRootsFile(path: string): Promise<string | undefined> {
  const facts = await lstat(path);
  const why = facts.isFile() ? whyNotRoots(facts, await rootsUid(), false) : 'is no plain file';
  return why === undefined ? undefined : `${path} ${why}`;
}

/** @param mayBeSticky whether a directory counts in which each may rename his own alone (inode(7)) */
function whyNotRoots(facts: Stats, root: number, mayBeSticky: boolean): string | undefined {
  const { mode } = facts;
  const isOpen = (mode & 0o022) !== 0 && !(mayBeSticky && (mode & 0o1000) !== 0);
  if (!isOpen) return whose(facts, root);
  return `can be written by others (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`;
}

function whose({ uid }: Stats, root: number): string | undefined {
  return uid === root ? undefined : `belongs to uid ${uid}, not to root`;
}

/** The directories above a path, up to the root. */
function parentsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...parentsOf(parent)];
}
