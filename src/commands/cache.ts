import { cachePaths, listStates, pruneStates } from '../engine/cache.ts';
import { lockHost } from '../engine/lab-store.ts';
import { requireRoot } from '../engine/preflight.ts';
import { cacheLimit } from '../host/cache-limit.ts';
import { formatDisk } from '../lab/quantity.ts';
import { table } from '../report/table.ts';
import type { Context, Result } from './context.ts';

/** The labs that are kept for the next time. */
export async function cacheList({ host, roots, uid }: Context): Promise<Result> {
  requireRoot(uid);
  const states = await listStates(host, roots);
  const rows = states.map(({ key, lab, bytes, used }) => [
    key.slice(0, 12),
    lab,
    formatDisk(bytes),
    new Date(used).toISOString().slice(0, 16).replace('T', ' '),
  ]);
  return {
    json: { ok: true, states },
    text:
      rows.length === 0 ? 'Nothing is kept.' : table([['STATE', 'LAB', 'SIZE', 'LAST USED (UTC)'], ...rows]),
  };
}

export interface CachePruneOptions {
  /** Everything, not only what is beyond the limit. */
  readonly all?: boolean | undefined;
}

/** Removes what is beyond the limit, the least recently used first; or all. */
export async function cachePrune({ all }: CachePruneOptions, context: Context): Promise<Result> {
  const { host, roots, options } = context;
  requireRoot(context.uid);
  const directory = cachePaths.states(roots);
  if ((await host.stat(directory)) === undefined) return removedReport([]);
  const lock = await lockHost('cache prune', { host, roots, wait: options.wait });
  try {
    const limit = all === true ? 0 : await cacheLimit(directory);
    return removedReport((await pruneStates(limit, host, roots)).map(({ key }) => key));
  } finally {
    await lock.release();
  }
}

function removedReport(removed: readonly string[]): Result {
  return { json: { ok: true, removed }, text: `${removed.length} removed` };
}
