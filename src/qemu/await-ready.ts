import { LabnetError, throwIfInterrupted } from '../errors.ts';
import { followFile } from '../host/follow-file.ts';
import { BootProgress, readySign } from './boot-progress.ts';

export interface AwaitReady {
  /** The console's log. */
  readonly log: string;
  readonly instanceId: string;
  /** Milliseconds. */
  readonly deadlineMs: number;
  /** Milliseconds to the first line of a kernel; as long as all the rest unless told. */
  readonly kernelMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Resolves when QEMU has ended. */
  readonly gone: Promise<void>;
  readonly onPhase: (phase: string) => void;
}

/** No line of a kernel had come at the deadline for it: the firmware's CPU may run, and the kernel's not. */
export class NoKernel extends LabnetError {}

/**
 * Waits until the guest says on its console that it is ready.
 *
 * @returns milliseconds from now to each phase
 * @throws NoKernel at the deadline for the kernel
 * @throws LabnetError failed with the cause: what was awaited, the phase that was reached, and the console's tail
 */
export async function awaitReady(wait: AwaitReady): Promise<Readonly<Record<string, number>>> {
  const { log, instanceId, deadlineMs, kernelMs, signal, gone, onPhase } = wait;
  const started = performance.now();
  const reached: Record<string, number> = {};
  const progress = new BootProgress(readySign(instanceId));
  const over = new AbortController();
  let end: 'gone' | 'late' | 'no kernel' | 'failed' | undefined;
  const stop = (why: typeof end) => {
    end ??= why;
    over.abort();
  };
  const timer = setTimeout(() => stop('late'), deadlineMs);
  const kernelTimer =
    kernelMs === undefined
      ? undefined
      : setTimeout(() => progress.phase === 'firmware' && stop('no kernel'), kernelMs);
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
    clearTimeout(kernelTimer);
  }
  if (progress.phase === 'ready') return reached;
  throwIfInterrupted(signal);
  const late = end === 'no kernel' ? (kernelMs ?? deadlineMs) : deadlineMs;
  const Failure = end === 'no kernel' ? NoKernel : LabnetError;
  throw new Failure('failed', explain(progress, end, late, instanceId), {
    hint: 'sudo labnet logs VM shows the whole console',
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
