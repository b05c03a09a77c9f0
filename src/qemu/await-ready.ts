import { LabnetError, throwIfInterrupted } from '../errors.ts';
import { followFile } from '../host/follow-file.ts';
import { BootProgress } from './boot-progress.ts';

export interface AwaitReady {
  /** The console's log. */
  readonly log: string;
  readonly instanceId: string;
  /** Milliseconds. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Resolves when QEMU has ended. */
  readonly gone: Promise<void>;
  readonly onPhase: (phase: string) => void;
}

/**
 * Waits until the guest says on its console that it is ready.
 *
 * @returns milliseconds from now to each phase
 * @throws LabnetError failed with the cause: what was awaited, the phase that was reached, and the console's tail
 */
export async function awaitReady(wait: AwaitReady): Promise<Readonly<Record<string, number>>> {
  const { log, instanceId, deadlineMs, signal, gone, onPhase } = wait;
  const started = performance.now();
  const reached: Record<string, number> = {};
  const progress = new BootProgress(instanceId);
  const over = new AbortController();
  let end: 'gone' | 'late' | 'failed' | undefined;
  const stop = (why: typeof end) => {
    end ??= why;
    over.abort();
  };
  const timer = setTimeout(() => stop('late'), deadlineMs);
  signal.addEventListener('abort', () => over.abort(), { once: true });
  if (signal.aborted) over.abort();
  gone.then(() => stop('gone'));
  const onText = (text: string) => {
    for (const phase of progress.feed(text)) {
      reached[phase] = Math.round(performance.now() - started);
      onPhase(phase);
    }
    if (progress.phase === 'ready') over.abort();
    else if (progress.failure !== undefined) stop('failed');
  };
  try {
    await followFile(log, onText, over.signal);
  } finally {
    clearTimeout(timer);
  }
  if (progress.phase === 'ready') return reached;
  throwIfInterrupted(signal);
  throw new LabnetError('failed', explain(progress, end, deadlineMs, instanceId), {
    hint: 'labnet logs VM shows the whole console',
  });
}

function explain(
  progress: BootProgress,
  end: string | undefined,
  deadlineMs: number,
  instanceId: string,
): string {
  const what =
    end === 'gone'
      ? 'QEMU ended'
      : end === 'failed'
        ? `the guest failed: ${progress.failure}`
        : `no sign of readiness within ${deadlineMs / 1000} s`;
  return [
    `${instanceId}: ${what}, in phase ${progress.phase}; awaited: the line "labnet-ready ${instanceId}" on its console`,
    'the end of its console:',
    progress.tail() || '(it said nothing)',
  ].join('\n');
}
