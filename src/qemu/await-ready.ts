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
  /** The firmware looks for a boot loader on the disk; otherwise QEMU starts the kernel itself. */
  readonly byFirmware?: boolean | undefined;
  readonly signal: AbortSignal;
  /** Resolves when QEMU has ended. */
  readonly gone: Promise<void>;
  readonly onPhase: (phase: string) => void;
}

/** A guest did not say that it is ready. */
export class NotReady extends LabnetError {}

/**
 * No line of a kernel had come at the deadline for it: the firmware's CPU may run, and the kernel's not; or there is no
 * kernel.
 */
export class NoKernel extends NotReady {}

/**
 * Waits until the guest says on its console that it is ready.
 *
 * @returns milliseconds from now to each phase
 * @throws NoKernel at the deadline for the kernel
 * @throws NotReady with the cause: what was awaited, the phase that was reached, and the console's tail
 */
export async function awaitReady(wait: AwaitReady): Promise<Readonly<Record<string, number>>> {
  const { log, instanceId, deadlineMs, kernelMs, byFirmware = false, signal, gone, onPhase } = wait;
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
  const seconds = (end === 'no kernel' ? (kernelMs ?? deadlineMs) : deadlineMs) / 1000;
  const Failure = end === 'no kernel' ? NoKernel : NotReady;
  throw new Failure('failed', explain(progress, { end, seconds, byFirmware }, instanceId), {
    hint: progress.unbootable ? bootable : 'sudo labnet logs VM shows the whole console',
  });
}

const bootable =
  'the base image must be a disk that a BIOS boots: sudo labnet image build debian-12 makes one, sudo labnet image pull debian-12 downloads one';

interface Ending {
  readonly end: 'gone' | 'late' | 'no kernel' | 'failed' | undefined;
  /** The deadline's. */
  readonly seconds: number;
  readonly byFirmware: boolean;
}

function whatHappened(progress: BootProgress, { end, seconds, byFirmware }: Ending): string {
  if (end === 'gone') return 'QEMU ended';
  if (end === 'failed')
    return progress.unbootable
      ? `its disk cannot be booted: ${progress.failure}`
      : `the guest failed: ${progress.failure}`;
  if (end !== 'no kernel') return `no sign of readiness within ${seconds} s`;
  const silent = `no line of a kernel within ${seconds} s`;
  if (!byFirmware) return `${silent}, and QEMU has started one`;
  return progress.tail() === ''
    ? `${silent}, nor one of the firmware`
    : `${silent}: the firmware has found a boot loader on the disk, which hangs, or starts a kernel that is not told console=ttyS0`;
}

function explain(progress: BootProgress, ending: Ending, instanceId: string): string {
  const what = whatHappened(progress, ending);
  return [
    `${instanceId}: ${what}, in phase ${progress.phase}; awaited: the line "labnet-ready ${instanceId}" on its console`,
    'the end of its console:',
    progress.tail() || '(it said nothing)',
  ].join('\n');
}
