import { listCache, pruneCache } from '../kept/cache.ts';
import { formatDisk } from '../lab/quantity.ts';
import { lockHost } from '../labs/lab-store.ts';
import { cacheLimit } from '../observe/resources.ts';
import { table } from '../report/table.ts';
import type { Context, Result } from '../runs/context.ts';

/** Lists the labs and templates that are kept for the next time. */
export async function cacheList({ host, roots }: Context): Promise<Result<'cache-list'>> {
  const kept = await listCache(host, roots);
  const rows = kept.map(({ kind, key, of, bytes, used }) => [
    kind,
    key.slice(0, 12),
    of,
    formatDisk(bytes),
    new Date(used).toISOString().slice(0, 16).replace('T', ' '),
  ]);
  return {
    json: { ok: true, kept: kept.map(({ directory: _, ...rest }) => rest) },
    text:
      rows.length === 0
        ? 'Nothing is kept.'
        : table([['KIND', 'KEY', 'OF', 'SIZE', 'LAST USED (UTC)'], ...rows]),
  };
}

/** The flags of `labnet cache prune`. */
export interface CachePruneOptions {
  /** Whether everything goes, not only what is beyond the limit. */
  readonly all?: boolean | undefined;
}

/** Removes what is kept beyond the limit, the least recently used first; with `all`, everything that is kept. */
export async function cachePrune(
  { all }: CachePruneOptions,
  context: Context,
): Promise<Result<'cache-prune'>> {
  const { host, roots, options } = context;
  if ((await host.stat(roots.cache)) === undefined) return removedReport([]);
  const lock = await lockHost('cache prune', { host, roots, wait: options.wait });
  try {
    const limit = all === true ? 0 : await cacheLimit(roots.cache);
    return removedReport((await pruneCache(limit, host, roots)).map(({ key }) => key));
  } finally {
    await lock.release();
  }
}

function removedReport(removed: readonly string[]): Result<'cache-prune'> {
  return { json: { ok: true, removed }, text: `${removed.length} removed` };
}
