import { readFileSync } from 'node:fs';

/**
 * Whose host labnet works on: the PC, as its root, or an ordinary user's own (own-host.ts), where there is one uid, that of
 * the user, and where the network that labnet is started in is the PC's, which may be looked at and not changed.
 */
export type GroundKind = 'pc' | 'own';

/** The first and the last uid that labnet may give to what it starts (lab/naming.ts, unprivileged.ts, and 128 for a lab). */
const uids = { first: 1_899_999_997, last: 1_900_000_000 + 100_000 * 128 };

/**
 * The ground of a process.
 *
 * @param uid the process's own
 * @param uidMap its /proc/PID/uid_map: lines of an inner uid, an outer one, and how many follow each other
 *   (user_namespaces(7))
 */
export function groundKindOf(uid: number, uidMap: string): GroundKind {
  if (uid !== 0) return 'own';
  const hasAll = uidMap.split('\n').some((line) => {
    const [first = Number.NaN, , count = 0] = line.trim().split(/\s+/).map(Number);
    return first <= uids.first && uids.last < first + count;
  });
  return hasAll ? 'pc' : 'own';
}

let here: GroundKind | undefined;

/** The ground of this process. */
export function groundHere(): GroundKind {
  // A kernel without user namespaces has no such file, and all uids.
  here ??= groundKindOf(process.getuid?.() ?? 0, uidMap() ?? '0 0 4294967295');
  return here;
}

function uidMap(): string | undefined {
  try {
    return readFileSync('/proc/self/uid_map', 'utf8');
  } catch {
    return undefined;
  }
}

/** The uid that stands for one of labnet's on a ground: itself, or the only one there is. */
export function uidOn(ground: GroundKind, uid: number): number {
  return ground === 'pc' ? uid : 0;
}
