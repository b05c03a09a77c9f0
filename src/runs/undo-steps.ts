import type { RunContext } from '../engine/apply.ts';
import { type Undone, undoOne } from '../engine/destroy.ts';
import type { Entry } from '../engine/journal.ts';
import { sideBySide } from '../engine/side-by-side.ts';
import type { Step } from '../progress/progress.ts';

/**
 * Makes one step of all entries of a kind that follow one another.
 *
 * @param onUndone is told what came of each entry
 */
export function undoSteps(
  entries: readonly Entry[],
  context: RunContext,
  onUndone: (undone: Undone) => void,
): readonly Step[] {
  return groups(entries).map((group) => ({
    title: `Removing ${group.map(({ id }) => id).join(', ')}`,
    work: async (line) => {
      const undone = await sideBySide(group, (entry) => undoOne(entry, context));
      for (const one of undone) onUndone(one);
      const left = undone.filter(({ outcome }) => outcome === 'left');
      if (left.length > 0) line.title(`Left: ${left.map(({ id }) => id).join(', ')}`);
    },
  }));
}

/**
 * The entries in groups of one kind that follow one another: made side by side, they can be unmade side by side.
 * Directories are nested and go one by one.
 */
function groups(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const result: Entry[][] = [];
  for (const entry of entries) {
    const last = result.at(-1);
    if (entry.spec.kind !== 'directory' && last?.[0]?.spec.kind === entry.spec.kind) last.push(entry);
    else result.push([entry]);
  }
  return result;
}
