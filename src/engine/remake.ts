import { LabnetError } from '../errors.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { applyOne, type RunContext } from './apply.ts';
import { undoOne } from './destroy.ts';

/**
 * Unmakes a resource by its journal entry and makes it again in another form: at no moment is there anything that the
 * journal's removal does not undo. @throws LabnetError failed when the old one stays, and what `applyOne` throws
 */
export async function remakeOne(spec: ResourceSpec, context: RunContext): Promise<void> {
  const entry = context.journal.find(spec.id);
  if (entry !== undefined) {
    const undone = await undoOne(entry, context);
    if (undone.outcome === 'left') throw new LabnetError('failed', `${spec.id}: ${undone.reason}`);
  }
  await applyOne(spec, context);
}
