import type { Host } from '../host/host.ts';
import { readReversePathDrops } from '../host/reverse-path.ts';
import { parseTrace, type Traced } from '../netfilter/trace-lines.ts';
import type { Plan } from '../plan/plan.ts';

export interface Followed<T> {
  /** Undefined: a packet was seen to be dropped before the tries had ended, and no more was waited for. */
  readonly result: T | undefined;
  readonly traced: readonly Traced[];
  /** Packets that strict reverse path filtering has dropped meanwhile, on the whole host. */
  readonly reversePathDrops: number;
}

/**
 * Listens to the kernel's packet trace while `tries` run. They send again and again, so that it is no harm when the
 * first packets come before nft listens.
 */
export async function followPackets<T>(
  plan: Plan,
  host: Host,
  tries: (signal: AbortSignal) => Promise<T>,
): Promise<Followed<T>> {
  const { namespace } = plan.network;
  const lines: string[] = [];
  const over = new AbortController();
  const seen = new AbortController();
  const monitor = host
    .run(['nft', 'monitor', 'trace'], {
      namespace,
      signal: over.signal,
      onLine(line) {
        lines.push(line);
        if (parseTrace(lines).some(({ drop }) => drop !== undefined)) seen.abort();
      },
      timeout: 30_000,
    })
    // It ends only by being stopped.
    .catch(() => {});
  try {
    const before = await readReversePathDrops(host, namespace);
    const result = await tries(seen.signal).catch((error: unknown) => {
      if (seen.signal.aborted) return undefined;
      throw error;
    });
    const after = await readReversePathDrops(host, namespace);
    return { result, traced: parseTrace(lines), reversePathDrops: after - before };
  } finally {
    over.abort();
    await monitor;
  }
}
