import type { Host } from '../host/host.ts';
import { parseTrace, type Traced } from '../netfilter/trace-lines.ts';
import { readReversePathDrops } from '../observe/reverse-path.ts';
import type { Plan } from '../plan/plan.ts';

/** What came of the tries, and what was seen of their packets meanwhile. */
export interface Followed<T> {
  readonly result: T;
  readonly traced: readonly Traced[];
  /** Packets that strict reverse path filtering has dropped meanwhile, on the whole host. */
  readonly reversePathDrops: number;
}

/**
 * Listens to the kernel's packet trace while `tries` run, which are handed what has been told so far. They send again
 * and again, so that it is no harm when some packets come before nft listens.
 */
export async function followPackets<T>(
  plan: Plan,
  host: Host,
  tries: (soFar: () => readonly Traced[]) => Promise<T>,
): Promise<Followed<T>> {
  const { namespace } = plan;
  const lines: string[] = [];
  const over = new AbortController();
  const monitor = host
    .run(['nft', 'monitor', 'trace'], {
      namespace,
      signal: over.signal,
      onLine: (line) => lines.push(line),
      timeout: 30_000,
    })
    // It ends only by being stopped.
    .catch(() => {});
  const soFar = () => parseTrace(lines);
  try {
    const before = await readReversePathDrops(host, namespace);
    const result = await tries(soFar);
    const after = await readReversePathDrops(host, namespace);
    return { result, traced: soFar(), reversePathDrops: after - before };
  } finally {
    over.abort();
    await monitor;
  }
}
